// Book scenarios: what happens to an address book that is full, with a fault at each point of it.

import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import { makeVatId } from '../../src/core/ids.ts';
import { CONTACTS_MAX } from '../../src/core/limits.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import type { Scenario, Stage } from './scenarios.ts';

const bytesOf = (n: number): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(n);
  return bytes;
};

/** Records of vats that signed them. */
const recordOf = (n: number, serial: number): string => {
  const { vat, sign } = makeSealer({ seed: bytesOf(n), entropy: (size) => Buffer.alloc(size) });
  return formatContact({ vat, urls: ['http://127.0.0.1:9'], serial, kinds: ITEM_KINDS }, sign);
};

/** The book of vat one has no room left, and some of what is in it is only what vat two said. */
function fillBook({ world, one, objects }: Stage): void {
  one.send(objects.two, [['note', 'met']]);
  world.run();
  const store = one.store();
  const { id } = store.links()[0]!;
  const row = { record: '', urls: [], hint: undefined };
  store.begin();
  for (let n = store.countContacts(); n < CONTACTS_MAX; n += 1) {
    const via = n % 1_000 === 0 ? id : undefined;
    store.putContact({ vat: makeVatId(bytesOf(n + 1)), serial: n, via, ...row });
  }
  store.commit();
}

export const BOOK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'records that an operator brings when the book is full',
    victim: 'one',
    prepare: fillBook,
    act({ world, one }) {
      for (const n of [1, 2]) {
        one.control({ type: 'learn', records: [recordOf(n, world.nowMs())] });
      }
    },
  },
];
