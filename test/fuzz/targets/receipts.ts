// Receipts: whatever comes back with a 200, only what a right receipt states leaves the outbox.

import { makeSwissnum } from '../../../src/core/ids.ts';
import { extendTail } from '../../../src/core/lanes.ts';
import { type Box, encodeReceipt, parseReceipt, type Receipt } from '../../../src/core/wire.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { redeemOf, type Stranger } from '../../sim/stranger.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { type Json, mutateJson, writeMutated } from '../mutate-json.ts';
import { makeScene, type Scene } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';

const ATTEMPT_MS = 50;
const DRAIN_MS = 5_000;

/** A receipt as it was given, and the box that it was for. */
interface Given {
  readonly text: Buffer;
  readonly right: Receipt;
  readonly box: Box;
}

export const RECEIPTS: Target = {
  name: 'receipt',
  cases: 300,
  casesShort: 60,
  kinds: ['ignored', 'taken', 'doubt'],
  open(random) {
    const scene = makeScene(random);
    let stranger = makeKnown(scene);
    return {
      run(note) {
        const given = answerOnce(random, scene, stranger, note);
        const kind = judge(scene, stranger, given);
        if (kind === 'doubt') stranger = makeKnown(scene);
        else {
          stranger.setReceipts((right) => right);
          scene.world.run(DRAIN_MS);
          must(rowOf(scene, stranger).state === 'ok', 'a wrong receipt had a late effect');
        }
        return kind;
      },
      close: scene.close,
    };
  },
};

/** A stranger with whom the vat has exchanged something. */
function makeKnown({ world, vat, object }: Scene): Stranger {
  const stranger = world.stranger();
  stranger.send(vat, { one: [redeemOf(object)] });
  vat.send(qridOf(stranger), []);
  world.run(DRAIN_MS);
  return stranger;
}

const qridOf = (stranger: Stranger) => ({
  vat: stranger.id,
  swissnum: makeSwissnum(new Uint8Array(32).fill(1)),
  hint: stranger.url,
});

const rowOf = ({ vat }: Scene, stranger: Stranger) =>
  vat
    .store()
    .links()
    .find((link) => link.vat === stranger.id)!;

/** Has the vat send something, and the stranger answer it once, wrongly. */
function answerOnce(
  random: Random,
  { world, vat, object }: Scene,
  stranger: Stranger,
  note: (input: string) => void,
): Given {
  let given: Given | undefined;
  stranger.setReceipts((right, box) => {
    if (given) return undefined;
    const text = spoil(random, right);
    given = { text, right, box };
    note(text.toString('latin1'));
    return stranger.sealText(vat.id, text);
  });
  for (let count = Math.floor(random() * 3); count >= 0; count -= 1) vat.send(qridOf(stranger), []);
  // Refused, so that lane 2 has something to send as well.
  if (random() < 0.5)
    stranger.send(vat, { one: [redeemOf({ ...object, swissnum: qridOf(stranger).swissnum })] });
  for (let tries = 0; !given && tries < 1_000; tries += 1) world.run(ATTEMPT_MS);
  world.run(ATTEMPT_MS);
  must(given !== undefined, 'the vat sent nothing');
  return given;
}

function spoil(random: Random, right: Receipt): Buffer {
  const [one, two] = right.lanes;
  const full: Receipt = { ...right, lanes: [{ ...one, stop: 'busy' }, two], waits: 3 };
  const text = Buffer.from(encodeReceipt(random() < 0.8 ? right : full));
  const how = random();
  if (how < 0.1) return text;
  if (how < 0.25) return Buffer.from(mutateBytes(random, text));
  const changed = mutateJson(random, JSON.parse(text.toString()) as Json);
  return Buffer.from(writeMutated(random, changed));
}

/** Looks at what the vat made of it. */
function judge(scene: Scene, stranger: Stranger, { text, right, box }: Given): string {
  const said = parseReceipt(text);
  const isFor =
    said?.from === right.from &&
    said.to === right.to &&
    Buffer.compare(said.request, right.request) === 0;
  const row = rowOf(scene, stranger);
  for (const index of [0, 1] as const) {
    const { first, tail, items } = box.lanes[index];
    const { receipted, next } = row.sending[index];
    must(next >= first + items.length, 'a receipt has changed a number');
    if (receipted === first) continue;
    const stated = said?.lanes[index];
    // Each lane is judged by itself, also when the other one does not fit.
    must(isFor && stated?.next === receipted, 'items left without a receipt');
    must(receipted <= first + items.length, 'items left that were never sent');
    let known = tail;
    for (const [at, item] of items.slice(0, receipted - first).entries()) {
      known = extendTail(sha256, { tail: known, number: first + at, item });
    }
    must(Buffer.compare(known, stated.tail) === 0, 'items left by another tail');
  }
  must(isFor || row.state === 'ok', 'what is no receipt put the link in doubt');
  if (!isFor) return 'ignored';
  return row.state === 'ok' ? 'taken' : 'doubt';
}
