// Boxes: what a stranger with a right key may seal. What is no box changes no bit on disk; what is one
// moves the stranger's own lanes forward at most, and nobody else's.

import type { Qrid } from '../../../src/core/ids.ts';
import { encodeItem } from '../../../src/core/item.ts';
import { parseBox, parseEnvelope, parseReceipt, type Receipt } from '../../../src/core/wire.ts';
import { pick } from '../../sim/random.ts';
import { redeemOf } from '../../sim/stranger.ts';
import { type Attacker, makeAttacker, post } from '../attacker.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { type Json, mutateJson, writeMutated } from '../mutate-json.ts';
import { makeScene, type Scene } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';
import { ITEMS, ITEMS_OF_LANE_2 } from '../valid.ts';

export const BOXES: Target = {
  name: 'box',
  cases: 1_000,
  casesShort: 100,
  kinds: ['refused', 'nothing', 'gap', 'doubt', 'unknown'],
  open(random) {
    const scene = makeScene(random);
    let attacker = makeAttacker(random);
    return {
      run(note) {
        const text = makeText(random, scene, attacker);
        note(text.toString('latin1'));
        const friendship = scene.readFriendship();
        const box = parseBox(text);
        const isBox = box?.from === attacker.sealer.vat && box.to === scene.vat.id;
        const before = isBox ? '' : scene.readAll();
        const { reply, nonce } = post(scene, attacker, text);
        must(scene.readFriendship() === friendship, 'the link with the friend has changed');
        must(
          isBox === (reply !== undefined),
          `${isBox ? 'a' : 'no'} box, yet reply ${reply?.length}`,
        );
        if (reply === undefined) {
          must(scene.readAll() === before, 'the database has changed');
          return 'refused';
        }
        const receipt = openReceipt(attacker, reply);
        must(Buffer.compare(receipt.request, nonce) === 0, 'a receipt for another box');
        attacker = follow(random, scene, attacker, receipt);
        return receipt.lanes.find(({ stop }) => stop !== 'nothing')?.stop ?? 'nothing';
      },
      close: scene.close,
    };
  },
};

/** The text of a box that would be right, with something wrong in it. */
function makeText(random: Random, scene: Scene, attacker: Attacker): Buffer {
  const what = random();
  const [one, two] = [itemsFor(random, scene.object, attacker), [] as Uint8Array[]];
  while (random() < 0.4) two.push(Buffer.from(pick(random, ITEMS_OF_LANE_2)));
  for (const items of [one, two]) {
    if (what < 0.4 && items.length > 0) spoilItem(random, items);
  }
  const lanes = [one, two].map((items, index) => {
    const { next, tail } = attacker.lanes[index as 0 | 1];
    // Now and then of a sender that has forgotten to go back, or means another history.
    const first = random() < 0.05 ? next + 1 : next;
    const stated = random() < 0.03 ? tail.map((byte) => byte ^ 1) : tail;
    return [first, Buffer.from(stated).toString('base64url'), items.map(({ length }) => length)];
  });
  const contacts = random() < 0.3 ? [spoilRecord(random, attacker)] : [attacker.record];
  const { vat } = attacker.sealer;
  const head = {
    kind: 'box',
    from: vat,
    to: scene.vat.id,
    linked: attacker.isLinked,
    lanes,
    contacts,
    ...(random() < 0.1 ? { stuck: true } : {}),
    // As of a peer that begins anew with one that lost the link.
    ...(random() < 0.1 ? { above: [...lanes.map(([next, tail]) => [next, tail]), 9] } : {}),
  };
  const spoilt = (): string => writeMutated(random, mutateJson(random, head as unknown as Json));
  const line = what < 0.5 ? JSON.stringify(head) : spoilt();
  const text = Buffer.concat([Buffer.from(`${line}\n`), ...one, ...two]);
  return what > 0.95 ? Buffer.from(mutateBytes(random, text)) : text;
}

/** A redeem first of all, then items of all kinds. */
function itemsFor(random: Random, object: Qrid, attacker: Attacker): Uint8Array[] {
  const redeem = encodeItem(redeemOf(object));
  if (attacker.lanes[0].next === 1) return random() < 0.9 ? [redeem] : [];
  const count = Math.floor(random() * 4);
  return Array.from({ length: count }, () =>
    random() < 0.2 ? redeem : Buffer.from(pick(random, ITEMS)),
  );
}

function spoilItem(random: Random, items: Uint8Array[]): void {
  const at = Math.floor(random() * items.length);
  const item = items[at]!;
  const end = item.indexOf(10) < 0 ? item.length : item.indexOf(10);
  const head = JSON.parse(Buffer.from(item.subarray(0, end)).toString()) as Json;
  const line = Buffer.from(writeMutated(random, mutateJson(random, head)));
  const changed = Buffer.concat([line, item.subarray(end)]);
  items[at] = random() < 0.7 && changed.length < 400_000 ? changed : mutateBytes(random, item);
}

/** A record that its vat has signed, whatever it says. */
function spoilRecord(random: Random, { sealer, record }: Attacker): string {
  const inner = JSON.parse((JSON.parse(record) as { record: string }).record) as Json;
  const text = writeMutated(random, mutateJson(random, inner));
  const signature = sealer.sign(Buffer.from(`qrt contact 1\n${text}`));
  return JSON.stringify({ record: text, signature: Buffer.from(signature).toString('base64url') });
}

function openReceipt({ sealer }: Attacker, reply: Uint8Array): Receipt {
  const envelope = parseEnvelope(reply);
  const text = envelope && sealer.open(envelope);
  const receipt = text && parseReceipt(text);
  must(receipt !== undefined, 'the reply is no receipt');
  return receipt;
}

/** Goes on where the receipt says, or as somebody new. */
function follow(random: Random, scene: Scene, attacker: Attacker, receipt: Receipt): Attacker {
  const row = scene.vat
    .store()
    .links()
    .find(({ vat }) => vat === attacker.sealer.vat);
  for (const index of [0, 1] as const) {
    const { next, tail } = receipt.lanes[index];
    const kept = row?.receiving[index];
    must(next === (kept?.next ?? 0), 'a receipt says what is not on disk');
    must(!attacker.isLinked || next >= attacker.lanes[index].next, 'a number went back');
    if (next > 0) attacker.lanes[index] = { next, tail };
  }
  attacker.isLinked ||= receipt.lanes[0].next > 0;
  const isOver = receipt.lanes.some(({ stop }) => stop !== 'nothing' && stop !== 'gap');
  return isOver || random() < 0.02 ? makeAttacker(random) : attacker;
}
