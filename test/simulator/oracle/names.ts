// Names: who uses a name was given it before, on the wire and by that very peer.

import type { VatId } from '../../../src/core/ids.ts';
import type { NewItem } from './histories.ts';

export interface NameCheck {
  see(item: NewItem): readonly string[];
}

/** What one vat gave another by its own items. */
interface Given {
  /** Numbers that it exported. */
  readonly exports: Set<number>;
  /** Numbers of its redeems. */
  readonly redeems: Set<number>;
}

export function makeNameCheck(): NameCheck {
  const all = new Map<string, Given>();
  const givenBy = (from: VatId, to: VatId): Given => {
    const found = all.get(`${from} ${to}`) ?? { exports: new Set(), redeems: new Set() };
    all.set(`${from} ${to}`, found);
    return found;
  };

  const check = ({ from, to }: NewItem, name: string): boolean => {
    const number = Number(name.slice(1));
    const mine = givenBy(from, to);
    const theirs = givenBy(to, from);
    switch (name[0]) {
      case 'x':
        mine.exports.add(number);
        return true;
      case 'y':
        return theirs.exports.has(number);
      case 'q':
        return mine.redeems.has(number);
      case 'p':
        return theirs.redeems.has(number);
      default:
        return false;
    }
  };

  return {
    see(seen) {
      const { from, to, lane, number, item } = seen;
      const end = item.indexOf(10);
      const head = Buffer.from(end < 0 ? item : item.subarray(0, end)).toString();
      const [kind, target, slots] = JSON.parse(head) as [string, string, string[]];
      const at = `${from} to ${to}, item ${number} of lane ${lane}`;
      if (kind === 'redeem' && lane === 1) {
        givenBy(from, to).redeems.add(number);
        return [];
      }
      if (kind === 'resolve' && lane === 2) return [];
      if (kind !== 'message' || lane !== 1)
        return [`names: ${at}: a ${kind} does not belong there`];
      const wrong = [target, ...slots].filter((name) => !check(seen, name));
      return wrong.map((name) => `names: ${at}: ${name} was never given`);
    },
  };
}
