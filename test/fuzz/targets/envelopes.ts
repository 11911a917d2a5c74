// Envelopes: bytes that do not open get no receipt and change no bit on disk; those from before
// change no number.

import { pick } from '../../sim/random.ts';
import { redeemOf } from '../../sim/stranger.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { makeScene } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';

export const ENVELOPES: Target = {
  name: 'envelope',
  cases: 1_000,
  casesShort: 100,
  kinds: ['unopened', 'replayed'],
  open(random) {
    const scene = makeScene(random);
    const { world, vat } = scene;
    const stranger = world.stranger();
    stranger.send(vat, { one: [redeemOf(scene.object)] });
    world.run(1_000);
    const honest = [...world.sent];
    const base = [...honest, stranger.seal(vat, { one: [redeemOf(scene.object)] })];
    const known = new Set(base.map((bytes) => Buffer.from(bytes).toString('hex')));
    return {
      run(note) {
        const isReplay = random() < 0.1;
        const bytes = isReplay ? pick(random, honest) : forge(random, base);
        const text = Buffer.from(bytes).toString('hex');
        note(text);
        if (!isReplay && known.has(text)) return 'unchanged';
        const before = scene.readAll();
        const reply = scene.deliver(bytes);
        must(isReplay || reply === undefined, 'bytes that nobody sealed were answered');
        must(scene.readAll() === before, 'the database has changed');
        return isReplay ? 'replayed' : 'unopened';
      },
      close: scene.close,
    };
  },
};

function forge(random: Random, base: readonly Uint8Array[]): Uint8Array {
  const bytes = pick(random, base);
  if (random() < 0.6) return mutateBytes(random, bytes);
  const [from, to] = [bytes.subarray(1, 33), bytes.subarray(33, 65)];
  const other = pick(random, base);
  return pick(random, [
    // Reflected: it opens, and says something else inside.
    () => Buffer.concat([bytes.subarray(0, 1), to, from, bytes.subarray(65)]),
    () => Buffer.concat([bytes.subarray(0, 33), other.subarray(33)]),
    () => Buffer.concat([bytes.subarray(0, 65), other.subarray(65)]),
    () => Buffer.concat([bytes.subarray(0, 89), other.subarray(89)]),
    () => Buffer.concat([bytes.subarray(0, 1), new Uint8Array(32), bytes.subarray(33)]),
    () => Buffer.concat([bytes, new Uint8Array(Math.floor(random() * 2_000_000))]),
  ])();
}
