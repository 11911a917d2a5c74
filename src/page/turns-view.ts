// Turns: what the vat ran, newest first, with its cause and what came of it.

import type { PageTurn } from '../core/page-data.ts';
import { make, makeEmpty, makeHead, makeLink } from './dom.ts';
import type { Model } from './model.ts';
import { cleanLine, formatClock, formatCount, formatNumber } from './text.ts';

/** Turns that are kept, and those of them that are on the page. */
const KEPT_MAX = 1_000;
const ROWS_MAX = 200;
const FAILURE_SHOWN = 300;

export class TurnsView extends HTMLElement {
  #model!: Model;
  /** Oldest first. */
  #kept: PageTurn[] = [];
  #isPaused = false;
  #isFailuresOnly = false;
  /** Only turns with this trace, if there is one. */
  #trace: string | undefined;
  /** The last turn on the page. */
  #shownAt = 0;
  readonly #list = make('ol', { class: 'turns' });
  readonly #note = make('p', { class: 'note' });
  readonly #empty = make('div');
  readonly #pause = make('button', { set: { type: 'button', 'aria-pressed': 'false' } }, 'Pause');
  readonly #failures = make('input', { set: { type: 'checkbox' } });
  readonly #only = make('span', { class: 'only' });

  start(model: Model): void {
    this.#model = model;
    this.#pause.addEventListener('click', () => this.#togglePause());
    this.#failures.addEventListener('change', () => {
      this.#isFailuresOnly = this.#failures.checked;
      this.#redraw();
    });
    const failures = make('label', {}, this.#failures, ' failures only');
    this.append(
      makeHead('Turns', this.#only, failures, this.#pause),
      this.#note,
      this.#empty,
      this.#list,
    );
    model.on('turns', () => {
      this.#kept = [...this.#kept, ...model.state.turns].slice(-KEPT_MAX);
      this.#showNew();
    });
    model.on('status', () => this.#showEmpty());
    model.on('graph', () => this.#relabel());
    this.#showEmpty();
  }

  #togglePause(): void {
    this.#isPaused = !this.#isPaused;
    this.#pause.textContent = this.#isPaused ? 'Go on' : 'Pause';
    this.#pause.setAttribute('aria-pressed', String(this.#isPaused));
    this.#showNew();
  }

  #follow(trace: string | undefined): void {
    this.#trace = trace;
    const clear = makeLink('show all', () => this.#follow(undefined));
    const text = `trace ${trace?.slice(0, 8)} `;
    this.#only.replaceChildren(...(trace === undefined ? [] : [text, clear]));
    this.#redraw();
  }

  #isWanted({ status, trace }: PageTurn): boolean {
    if (this.#trace !== undefined && trace !== this.#trace) return false;
    return !this.#isFailuresOnly || status !== 'done';
  }

  #redraw(): void {
    this.#list.replaceChildren();
    this.#shownAt = 0;
    this.#showNew();
  }

  /** Puts what is new above the rest, which stays as it is: somebody may have the focus there. */
  #showNew(): void {
    const fresh = this.#kept.filter((turn) => turn.at > this.#shownAt);
    if (this.#isPaused) {
      this.#note.textContent = `Paused; ${formatCount(fresh.length, 'new turn')}.`;
      return;
    }
    this.#note.textContent = this.#describeMissed();
    const wanted = fresh.filter((turn) => this.#isWanted(turn)).slice(-ROWS_MAX);
    this.#list.prepend(...wanted.map((turn) => this.#makeRow(turn)).reverse());
    while (this.#list.childElementCount > ROWS_MAX) this.#list.lastElementChild?.remove();
    this.#shownAt = this.#kept.at(-1)?.at ?? this.#shownAt;
    this.#showEmpty();
  }

  #describeMissed(): string {
    const [first, last] = [this.#kept[0], this.#kept.at(-1)];
    if (first === undefined || last === undefined) return '';
    const missed = last.at - first.at + 1 - this.#kept.length;
    return missed === 0 ? '' : `${formatNumber(missed)} turns went by too fast to be listed.`;
  }

  #showEmpty(): void {
    if (this.#list.childElementCount > 0) return this.#empty.replaceChildren();
    const { status } = this.#model.state;
    const isFiltered = this.#kept.length > 0;
    const text = isFiltered
      ? 'None of the last turns is like that.'
      : 'No turn since the node started. Send a message:';
    const stopped = 'Turns are shown as they happen, while the node runs.';
    const send = `qrt send -d ${status?.dir ?? 'DIR'} QRID '{}'`;
    const isStopped = status?.isRunning === false && !isFiltered;
    if (isStopped) this.#empty.replaceChildren(makeEmpty(stopped));
    else this.#empty.replaceChildren(makeEmpty(text, ...(isFiltered ? [] : [send])));
  }

  #makeRow(turn: PageTurn): HTMLElement {
    const { target, timeMs, trace, status } = turn;
    const number = turn.turn === undefined ? '' : `turn ${turn.turn}`;
    const link = makeLink(this.#model.label(target), () => this.#model.select(target));
    link.dataset['target'] = target;
    const cause = make('span', {}, this.#describeCause(turn));
    if (turn.origin === undefined) cause.dataset['share'] = turn.share;
    const follow = makeLink(`trace ${trace.slice(0, 8)}`, () => this.#follow(trace), trace);
    return make(
      'li',
      { class: status },
      make('time', { title: number }, formatClock(timeMs)),
      link,
      make('span', { class: 'cause' }, cause, ' · ', follow),
      make('span', { class: 'outcome' }, describeOutcome(turn)),
    );
  }

  #describeCause({ origin, share }: PageTurn): string {
    if (origin !== undefined) {
      return `vat ${cleanLine(this.#model.peerLabel(origin.vat), 40)}, item ${origin.number}`;
    }
    return this.#model.shareLabel(share);
  }

  /** Names come with the graph, which may be told after a turn. */
  #relabel(): void {
    for (const named of this.#list.querySelectorAll<HTMLElement>('[data-target], [data-share]')) {
      const { target, share = '' } = named.dataset;
      const label =
        target === undefined ? this.#model.shareLabel(share) : this.#model.label(target);
      if (named.textContent !== label) named.textContent = label;
    }
  }
}

function describeOutcome({ status, failure, sends, made }: PageTurn): string {
  if (failure !== undefined) {
    const { name, message, code } = failure;
    const said = `${code ?? name}: ${message}`;
    return `${status}: ${cleanLine(said, FAILURE_SHOWN)}`;
  }
  const parts = [status === 'done' ? 'done' : status];
  if (sends > 0) parts.push(`${formatCount(sends, 'message')} sent`);
  if (made > 0) parts.push(`${formatCount(made, 'object')} made`);
  return parts.join(' · ');
}
