// Waits: pending promises, what each waits for and what waits for it; there only while there are any.

import type { PageWait, PageWaits } from '../core/page-data.ts';
import { make, makeHead, makeLink } from './dom.ts';
import type { Model } from './model.ts';
import { cleanLine, formatAge, formatNumber } from './text.ts';

const TEXT_SHOWN = 400;
/** Objects and imports, as they stand in a text of qrt's. */
const OBJECT_ID = /\b(o\d+\.\d+|i\d+)(?![\w.])/;

export class WaitsView extends HTMLElement {
  #model!: Model;
  readonly #note = make('span', { class: 'note' });
  readonly #list = make('ul', { class: 'waits' });
  #shown = '';

  start(model: Model): void {
    this.#model = model;
    this.append(makeHead('Promises', this.#note), this.#list);
    this.hidden = true;
    model.on('waits', () => this.#update());
    model.on('graph', () => this.#update());
  }

  #update(): void {
    const { waits, status } = this.#model.state;
    if (waits === undefined) return;
    const { pending, stuck } = waits.totals;
    this.hidden = pending === 0;
    this.#note.textContent = `${formatNumber(pending)} pending, ${formatNumber(stuck)} stuck`;
    const items = this.#makeItems(waits, status?.nowMs);
    // The same is not shown again: somebody may have the focus there.
    const shown = items.map(({ textContent }) => textContent).join('\n');
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.replaceChildren(...items);
  }

  #makeItems({ promises, cycles, totals }: PageWaits, nowMs: number | undefined): HTMLElement[] {
    const rings = cycles.map(({ cycle, lines, more, isStuck }) => {
      const rest = more === 0 ? [] : [make('li', {}, `and ${formatNumber(more)} more`)];
      return make(
        'li',
        { class: 'cycle' },
        make('span', { class: isStuck ? 'badge bad' : 'badge' }, `cycle ${cycle}`),
        make('ol', {}, ...lines.map((line) => make('li', {}, ...this.#withLinks(line))), ...rest),
      );
    });
    const left = totals.pending - promises.length;
    const rest =
      left === 0
        ? []
        : [make('li', { class: 'note' }, `and ${formatNumber(left)} more: \`qrt promises\``)];
    return [...rings, ...promises.map((promise) => this.#makeItem(promise, nowMs)), ...rest];
  }

  #makeItem(promise: PageWait, nowMs: number | undefined): HTMLElement {
    const { id, owner, installation, madeMs, isStuck, cycle } = promise;
    const age = nowMs === undefined ? '' : `, for ${formatAge(Math.max(0, nowMs - madeMs))}`;
    const badge = isStuck ? make('span', { class: 'badge bad' }, 'stuck') : undefined;
    const ring = cycle === undefined ? '' : `, in cycle ${cycle}`;
    const lines: readonly (readonly [string, string])[] = [
      ['waits for', promise.waitsFor],
      ['waited for by', promise.waitedForBy],
      ['held by', promise.heldBy],
    ];
    const facts = lines
      .filter(([, text]) => text !== '-')
      .flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, ...this.#withLinks(text))]);
    return make(
      'li',
      { set: { 'data-promise': id } },
      make('code', {}, id),
      ' ',
      badge,
      make('span', { class: 'note' }, ` of ${owner}: ${cleanLine(installation, 60)}${age}${ring}`),
      make('dl', {}, ...facts),
    );
  }

  /** A text with the objects in it to be clicked. */
  #withLinks(text: string): (Node | string)[] {
    return cleanLine(text, TEXT_SHOWN)
      .split(OBJECT_ID)
      .map((part, at) =>
        at % 2 === 0 ? part : makeLink(this.#model.label(part), () => this.#model.select(part)),
      );
  }
}
