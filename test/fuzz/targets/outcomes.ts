// Outcomes: what a worker says of a turn, mutated as bytes or as JSON. The vat takes what an honest
// worker could have said or ends the worker; its link with a friend loses and repeats nothing.

import { encodeFrame, makeFrameSplitter } from '../../../src/core/frames.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { type Json, mutateJson } from '../mutate-json.ts';
import { makeScene, runIfWhole } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';

export const OUTCOMES: Target = {
  name: 'outcome',
  cases: 300,
  casesShort: 80,
  kinds: ['taken', 'killed'],
  open(random) {
    const scene = makeScene(random);
    const { vat, world, object, friendly } = scene;
    return {
      run(note) {
        let isSpoilt = false;
        vat.setScript((turn, tell) => {
          const honest = runIfWhole(turn, tell);
          if (!honest || isSpoilt) return honest;
          isSpoilt = true;
          const frame = spoil(random, honest as unknown as Json);
          note(Buffer.from(frame).toString('latin1'));
          tell(frame);
          return undefined;
        });
        const friendship = vat.store().links()[0]!.receiving;
        vat.outputs.length = 0;
        vat.send(object, [['note', 1], ['make'], ['send', 0, [['note', 2]], [0]]], {
          slots: [friendly],
        });
        world.run(1_000);
        must(isSpoilt, 'no turn came');
        const isKilled = vat.outputs.some(({ type }) => type === 'worker-kill');
        vat.setScript(runIfWhole);
        world.run(60_000);
        const { receiving } = vat.store().links()[0]!;
        must(receiving[0].next >= friendship[0].next, 'a number went back');
        must(vat.status().inbox.rows === 0, 'a message was left');
        return isKilled ? 'killed' : 'taken';
      },
      close: () => scene.close({ isSpoilt: true }),
    };
  },
};

/** The payload of a frame. */
function spoil(random: Random, honest: Json): Uint8Array {
  const how = random();
  const frame = how < 0.8 ? mutateJson(random, honest) : honest;
  const [payload] = makeFrameSplitter().push(encodeFrame(frame as never));
  return how < 0.7 ? payload! : mutateBytes(random, payload!);
}
