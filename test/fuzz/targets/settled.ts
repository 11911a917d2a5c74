// Settled: what a peer may answer to the vat's own statement, in a doubt that goes on. What is no
// answer changes no bit on disk; one that is takes no number back, and leaves a database that is whole.

import { makeSwissnum } from '../../../src/core/ids.ts';
import { parseStatement, type Statement } from '../../../src/core/statement.ts';
import type { LinkRow } from '../../../src/kernel/store-port.ts';
import { cutWire, honestWire } from '../../sim/network.ts';
import { pick } from '../../sim/random.ts';
import { redeemOf, type Stranger } from '../../sim/stranger.ts';
import { damagesOf } from '../../sim/verified.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { makeScene, type Scene } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';
import { makeMark, makeWords, writeWords } from '../words.ts';

const KNOWN_MS = 5_000;
const STEP_MS = 30_000;
/** A vat that has told all waits for a quarter of an hour. */
const STEPS = 40;

/** Somebody with a link that is in doubt, and its mark there, which is another in each doubt. */
interface Peer {
  readonly stranger: Stranger;
  mark: Uint8Array;
}

export const SETTLED: Target = {
  name: 'settled',
  cases: 300,
  casesShort: 60,
  kinds: ['refused', 'doubt', 'ready', 'ok'],
  open(random) {
    const scene = makeScene(random);
    let peer = makePeer(random, scene);
    return {
      run(note) {
        if (random() < 0.3) decide(random, scene, peer);
        // One that knows of no link, as it says, is not asked again.
        if (isWell(scene, peer) || isUnknown(scene, peer)) doubt(random, scene, peer);
        const kind = answerOnce(random, scene, peer, note);
        if (random() < 0.1) scene.vat.crash();
        if (random() < 0.05) peer = makePeer(random, scene);
        return kind;
      },
      close: scene.close,
    };
  },
};

/** With whom the vat has exchanged something, and who has a doubt. */
function makePeer(random: Random, scene: Scene): Peer {
  const { world, vat, object } = scene;
  const stranger = world.stranger();
  const peer = { stranger, mark: makeMark(random) };
  stranger.send(vat, { one: [redeemOf(object)] });
  vat.send(qridOf(peer), []);
  world.run(KNOWN_MS);
  return peer;
}

const qridOf = ({ stranger: { id, url } }: Peer) => ({
  vat: id,
  swissnum: makeSwissnum(new Uint8Array(32).fill(1)),
  hint: url,
});

const rowOf = ({ vat }: Scene, { stranger }: Peer): LinkRow =>
  vat
    .store()
    .links()
    .find((row) => row.vat === stranger.id)!;

/** What the peer says now, as it likes. */
function speak(
  random: Random,
  scene: Scene,
  peer: Peer,
  more: Pick<Statement, 'kind' | 'yours' | 'request'>,
): Statement {
  const { stranger, mark } = peer;
  const head = { from: stranger.id, to: scene.vat.id, mark, contacts: [] };
  return makeWords(random, rowOf(scene, peer), { ...head, ...more });
}

const isWell = (scene: Scene, peer: Peer): boolean => rowOf(scene, peer).state === 'ok';

const isUnknown = (scene: Scene, peer: Peer): boolean =>
  parseStatement(Buffer.from(settlingOf(scene, peer)?.peer ?? ''))?.stage === 'unknown';

const settlingOf = (scene: Scene, peer: Peer) =>
  scene.vat
    .store()
    .settlings()
    .find(({ link }) => link === rowOf(scene, peer).id);

/** The peer brings the link into doubt: it says back what the vat told it. */
function doubt(random: Random, scene: Scene, peer: Peer): void {
  const say = (yours: Uint8Array | undefined) => {
    const said = speak(random, scene, peer, { kind: 'settle', yours, request: undefined });
    return peer.stranger.tell(scene.vat, { ...said, stage: 'doubt' });
  };
  peer.mark = makeMark(random);
  // Something of ours that waits.
  scene.world.setWire(cutWire);
  scene.vat.send(qridOf(peer), [['note', 'held']]);
  scene.world.setWire(honestWire);
  say(say(undefined)?.mark);
  must(rowOf(scene, peer).state === 'doubt', 'the peer is in doubt and the vat is not');
}

/** Waits for the vat's statement, answers it once, and looks at what the vat made of that. */
function answerOnce(
  random: Random,
  scene: Scene,
  peer: Peer,
  note: (input: string) => void,
): string {
  const { stranger } = peer;
  let given: Given | undefined;
  stranger.setWords(({ mark, yours }, nonce) => {
    if (given) return undefined;
    const isForUs = random() < 0.9;
    const known = isForUs ? mark : yours;
    const said = speak(random, scene, peer, { kind: 'settled', yours: known, request: nonce });
    const honest = writeWords(random, said);
    const text = random() < 0.1 ? Buffer.from(mutateBytes(random, honest)) : honest;
    const [before, friendship] = [scene.readAll(), scene.readFriendship()];
    given = { text, nonce, before, friendship, numbers: numbersOf(scene, peer) };
    note(text.toString('latin1'));
    return text;
  });
  for (let step = 0; !given && step < STEPS; step += 1) scene.world.run(STEP_MS);
  if (!given) return 'silent';
  return judge(scene, peer, given);
}

interface Given {
  readonly text: Buffer;
  readonly nonce: Uint8Array;
  /** As it was before the vat had it. */
  readonly before: string;
  readonly friendship: string;
  readonly numbers: readonly number[];
}

function judge(scene: Scene, peer: Peer, given: Given): string {
  const { vat } = scene;
  const { text, nonce, before, friendship, numbers } = given;
  must(scene.readFriendship() === friendship, 'the link with the friend has changed');
  const said = parseStatement(text);
  const isAnswer =
    said?.kind === 'settled' &&
    said.from === peer.stranger.id &&
    said.to === vat.id &&
    Buffer.compare(said.request!, nonce) === 0;
  if (!isAnswer) {
    must(scene.readAll() === before, 'the database has changed');
    return 'refused';
  }
  for (const [at, number] of numbersOf(scene, peer).entries()) {
    must(number >= numbers[at]!, 'a number went back');
  }
  const [damage] = damagesOf(vat, vat.path);
  must(damage === undefined, () => `the database is not whole: ${damage}`);
  const { state } = rowOf(scene, peer);
  return state === 'doubt' ? settlingOf(scene, peer)!.stage : state;
}

/** What is never to go back. */
function numbersOf(scene: Scene, peer: Peer): readonly number[] {
  const { sending, nextExport } = rowOf(scene, peer);
  return [...sending.flatMap(({ next, receipted }) => [next, receipted]), nextExport];
}

/** The operator decides something, if there is anything to decide. */
function decide(random: Random, { vat }: Scene, { stranger }: Peer): void {
  vat.ask({
    ...{ type: 'settle', id: `fuzz-${random()}`, peer: stranger.id, choices: [] },
    rest: pick(random, ['resend', 'discard'] as const),
    ...(random() < 0.2 ? { reset: true } : {}),
  });
}
