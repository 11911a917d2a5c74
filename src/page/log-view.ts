// Log: lines of the vat's log, newest first: what objects wrote, what failed, what peers refused.

import type { PageLogLine } from '../core/page-data.ts';
import { make, makeEmpty, makeHead, makeLink } from './dom.ts';
import type { Model } from './model.ts';
import { cleanLine, formatClock } from './text.ts';

const ROWS_MAX = 200;
const TEXT_SHOWN = 500;

export class LogView extends HTMLElement {
  readonly #list = make('ol', { class: 'log' });
  readonly #empty = makeEmpty('Nothing in the log. Objects write to it with the power', 'log');
  #last = 0;
  #life = 0;

  start(model: Model): void {
    this.append(makeHead('Log'), this.#empty, this.#list);
    model.on('log', () => {
      const { life, lines } = model.state.log;
      if (life !== this.#life) {
        this.#list.replaceChildren();
        this.#last = 0;
        this.#life = life;
      }
      // After a lost connection the command tells all of them again.
      const fresh = lines.filter(({ seq }) => seq > this.#last).slice(-ROWS_MAX);
      this.#last = fresh.at(-1)?.seq ?? this.#last;
      this.#list.prepend(...fresh.map((line) => makeRow(model, line)).reverse());
      while (this.#list.childElementCount > ROWS_MAX) this.#list.lastElementChild?.remove();
      this.#empty.hidden = this.#list.childElementCount > 0;
    });
  }
}

function makeRow(model: Model, { timeMs, level, source, text }: PageLogLine): HTMLElement {
  const isObject = /^o\d/.test(source);
  const from = isObject
    ? makeLink(source, () => model.select(source))
    : make('span', { title: source }, model.peerLabel(source));
  return make(
    'li',
    { class: level === 'failure' ? 'failed' : 'done' },
    make('time', {}, formatClock(timeMs)),
    from,
    make('span', { class: 'outcome' }, cleanLine(text, TEXT_SHOWN)),
  );
}
