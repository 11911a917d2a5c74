// Statements: what a stranger with a right key may say of a link in doubt, asked or answered. What is
// no statement changes no bit on disk; one that is never takes a number back, and is about its own link.

import { encodeItem } from '../../../src/core/item.ts';
import { parseStatement, type Statement } from '../../../src/core/statement.ts';
import { parseEnvelope } from '../../../src/core/wire.ts';
import { pick } from '../../sim/random.ts';
import { redeemOf } from '../../sim/stranger.ts';
import { type Attacker, makeAttacker, post } from '../attacker.ts';
import { makeScene, type Scene } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';
import { makeWords, writeWords } from '../words.ts';

export const STATEMENTS: Target = {
  name: 'statement',
  cases: 1_000,
  casesShort: 120,
  kinds: ['refused', 'asked', 'doubt', 'ready', 'done'],
  open(random) {
    const scene = makeScene(random);
    let attacker = makeKnown(random, scene);
    let heard: Statement | undefined;
    return {
      run(note) {
        const text = makeText(random, scene, attacker, heard);
        note(text.toString('latin1'));
        const friendship = scene.readFriendship();
        const said = parseStatement(text);
        const isAsking =
          said?.kind === 'settle' && said.from === attacker.sealer.vat && said.to === scene.vat.id;
        const before = isAsking ? '' : scene.readAll();
        const numbers = numbersOf(scene, attacker);
        const { reply, nonce } = post(scene, attacker, text);
        must(scene.readFriendship() === friendship, 'the link with the friend has changed');
        must(isAsking === (reply !== undefined), 'a statement without an answer, or the reverse');
        if (reply === undefined) {
          must(scene.readAll() === before, 'the database has changed');
          return 'refused';
        }
        for (const [at, number] of numbersOf(scene, attacker).entries()) {
          must(number >= numbers[at]!, 'a number went back');
        }
        heard = openAnswer(attacker, reply, nonce);
        if (random() < 0.1) scene.vat.crash();
        if (random() < 0.3) decide(random, scene, attacker);
        if (random() < 0.03) {
          attacker = makeKnown(random, scene);
          heard = undefined;
        }
        return heard?.stage ?? 'asked';
      },
      close: scene.close,
    };
  },
};

/** Somebody with a link, who has something from the vat and something for it. */
function makeKnown(random: Random, scene: Scene): Attacker {
  const attacker = makeAttacker(random);
  const item = encodeItem(redeemOf(scene.object));
  const { vat } = attacker.sealer;
  const zeros = Buffer.alloc(32).toString('base64url');
  const lanes = [
    [1, zeros, [item.length]],
    [1, zeros, []],
  ];
  const head = { kind: 'box', from: vat, to: scene.vat.id, linked: false, lanes, contacts: [] };
  const { reply } = post(
    scene,
    attacker,
    Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), item]),
  );
  must(reply !== undefined, 'no link was made');
  return attacker;
}

const rowOf = ({ vat }: Scene, { sealer }: Attacker) =>
  vat
    .store()
    .links()
    .find((row) => row.vat === sealer.vat)!;

/** What is never to go back. */
function numbersOf(scene: Scene, attacker: Attacker): readonly number[] {
  const { sending, nextExport } = rowOf(scene, attacker);
  return [...sending.map(({ next }) => next), nextExport];
}

/** A statement that may be right, or is changed. */
function makeText(
  random: Random,
  scene: Scene,
  attacker: Attacker,
  heard: Statement | undefined,
): Buffer {
  const words = makeWords(random, rowOf(scene, attacker), {
    kind: 'settle',
    from: attacker.sealer.vat as Statement['from'],
    to: scene.vat.id,
    mark: Buffer.from(attacker.record).subarray(0, 16),
    yours: heard?.mark,
    contacts: [attacker.record],
    request: undefined,
  });
  return writeWords(random, words);
}

function openAnswer({ sealer }: Attacker, reply: Uint8Array, nonce: Uint8Array): Statement {
  const envelope = parseEnvelope(reply);
  const text = envelope && sealer.open(envelope);
  const said = text && parseStatement(text);
  must(said?.kind === 'settled', 'the answer is no statement');
  must(Buffer.compare(said.request!, nonce) === 0, 'an answer to another statement');
  return said;
}

/** The operator decides, or the vat's own statement is answered by one of another time. */
function decide(random: Random, scene: Scene, attacker: Attacker): void {
  const peer = attacker.sealer.vat;
  const id = `fuzz-${random()}`;
  const request = {
    type: 'settle',
    id,
    peer,
    choices: [],
    rest: pick(random, ['resend', 'discard'] as const),
  } as const;
  scene.vat.ask(random() < 0.2 ? { ...request, reset: true } : request);
  if (random() < 0.3) scene.vat.send({ ...scene.object, vat: peer as Statement['from'] });
  scene.world.run(Math.floor(random() * 2_000));
}
