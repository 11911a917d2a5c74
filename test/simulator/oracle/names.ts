// Names: who uses a name was given it before, on the wire and by that very peer.

import type { VatId } from '../../../src/core/ids.ts';
import type { NewItem } from './histories.ts';

export interface NameCheck {
  see(item: NewItem): readonly string[];
}

/** The line in which an item says what it is. */
type Head =
  | ['message', target: string, slots: string[], isAnswered: 0 | 1]
  | ['redeem']
  | ['give' | 'want', names: string[]]
  | ['drop', names: [name: string, received: number][]]
  | ['resolve', of: number | string, code: string, trace: string, slots?: string[]];

/** A promise has a mark behind it. */
const numberOf = (name: string): number => Number.parseInt(name.slice(1), 10);

/** What one vat gave another by its own items. */
interface Given {
  /** Numbers that it exported. */
  readonly exports: Set<number>;
  /** Numbers of its items of which the other makes something: redeems, and messages to be answered. */
  readonly makers: Set<number>;
}

export function makeNameCheck(): NameCheck {
  const all = new Map<string, Given>();
  const givenBy = (from: VatId, to: VatId): Given => {
    const found = all.get(`${from} ${to}`) ?? { exports: new Set(), makers: new Set() };
    all.set(`${from} ${to}`, found);
    return found;
  };

  const check = ({ from, to }: NewItem, name: string): boolean => {
    const number = numberOf(name);
    const mine = givenBy(from, to);
    const theirs = givenBy(to, from);
    switch (name[0]) {
      case 'x':
        mine.exports.add(number);
        return true;
      case 'y':
        return theirs.exports.has(number);
      case 'q':
        return mine.makers.has(number);
      case 'p':
        return theirs.makers.has(number);
      default:
        return false;
    }
  };

  /** All names that an item says; undefined when it has no place in its lane. */
  const namesIn = (
    { from, to, lane, number }: NewItem,
    head: Head,
  ): readonly string[] | undefined => {
    const [kind] = head;
    if (lane === 1) {
      const isAnswered = kind === 'message' && head[3] === 1;
      if (kind === 'redeem' || isAnswered) givenBy(from, to).makers.add(number);
      if (kind === 'message') return [head[1], ...head[2]];
      if (kind === 'redeem') return [];
      return kind === 'give' || kind === 'want' ? head[1] : undefined;
    }
    if (kind === 'drop') return head[1].map(([name]) => name);
    if (kind !== 'resolve') return undefined;
    const [, of, , , slots = []] = head;
    // A refusal may be of any item; of a name of its own a vat tells only what it gave.
    const isGiven = typeof of === 'number' || givenBy(from, to).exports.has(numberOf(of));
    return isGiven ? slots : [`(${of})`, ...slots];
  };

  return {
    see(seen) {
      const { from, to, lane, number, item } = seen;
      const end = item.indexOf(10);
      const text = Buffer.from(end < 0 ? item : item.subarray(0, end)).toString();
      const head = JSON.parse(text) as Head;
      const at = `names: ${from} to ${to}, item ${number} of lane ${lane}`;
      const said = namesIn(seen, head);
      if (!said) return [`${at}: a ${head[0]} does not belong there`];
      return said
        .filter((name) => !check(seen, name))
        .map((name) => `${at}: ${name} was never given`);
    },
  };
}
