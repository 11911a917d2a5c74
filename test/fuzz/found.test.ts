// What the fuzzer found, each told by hand so that it stays found.

import { afterEach, describe, expect, it } from 'vitest';
import { encodeItem } from '../../src/core/item.ts';
import { encodeStatement, type LaneFacts, parseStatement } from '../../src/core/statement.ts';
import { parseEnvelope } from '../../src/core/wire.ts';
import { makeRandom } from '../sim/random.ts';
import { redeemOf } from '../sim/stranger.ts';
import { makeAttacker, post } from './attacker.ts';
import { makeScene, type Scene } from './scene.ts';

let scene: Scene;
afterEach(() => scene.close());

describe('what the fuzzer found', () => {
  it('choices go in one transaction with the decision, when the peer says something else (statement, seed 3)', () => {
    const random = makeRandom(1);
    scene = makeScene(random);
    const { vat, object } = scene;
    const attacker = makeAttacker(random);
    const peer = attacker.sealer.vat as typeof vat.id;
    const tail = new Uint8Array(32);
    const item = encodeItem(redeemOf(object));
    const zeros = Buffer.from(tail).toString('base64url');
    const lanes = [
      [1, zeros, [item.length]],
      [1, zeros, []],
    ];
    const head = { kind: 'box', from: peer, to: vat.id, linked: false, lanes, contacts: [] };
    post(scene, attacker, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), item]));
    // Something of ours that the peer may have, or not.
    vat.send({ ...object, vat: peer, hint: 'http://127.0.0.1:9' });

    let yours: Uint8Array | undefined;
    const say = (receivedNext: number): string | undefined => {
      const lane: LaneFacts = { kept: 2, next: 2, receivedNext, receivedTail: tail };
      const facts = {
        lanes: [lane, { kept: 1, next: 1, receivedNext: 1, receivedTail: tail }],
        exports: { kept: 1, next: 1, seen: 0 },
        common: 2,
      } as const;
      const words = {
        mark: new Uint8Array(16).fill(1),
        yours,
        stage: yours ? 'doubt' : 'asked',
      } as const;
      const said = {
        kind: 'settle',
        from: peer,
        to: vat.id,
        ...words,
        facts,
        ...{ checkpoints: [], match: undefined },
        contacts: [],
        request: undefined,
      } as const;
      const { reply } = post(scene, attacker, Buffer.from(encodeStatement(said)));
      const answer = parseStatement(attacker.sealer.open(parseEnvelope(reply!)!)!);
      yours = answer?.mark;
      return answer?.stage;
    };
    expect(say(1)).toBe('asked');
    expect(say(2)).toBe('doubt');
    const settle = { type: 'settle', id: 'one', peer, choices: [], rest: 'discard' } as const;
    expect(vat.control(settle)).toMatchObject({ ok: true });
    scene.world.run(1_000);
    expect(say(3)).toMatch(/^(doubt|ready)$/);
  });
});
