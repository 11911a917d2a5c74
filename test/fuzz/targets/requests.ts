// Requests: what an operator may ask of a running vat, mutated. Each that is read gets one reply, and
// the vat can be read from disk afterwards.

import { isErrorCode, isQrtError } from '../../../src/core/errors.ts';
import type { ControlRequest } from '../../../src/kernel/ports.ts';
import { parseRequestFrame } from '../../../src/node/control-requests.ts';
import { pick } from '../../sim/random.ts';
import { type Json, mutateJson } from '../mutate-json.ts';
import { makeScene, type Scene } from '../scene.ts';
import { must, type Random, type Target } from '../target.ts';
import { REQUESTS } from '../valid.ts';

export const OPERATOR_REQUESTS: Target = {
  name: 'request',
  cases: 500,
  casesShort: 150,
  kinds: ['done', 'refused', 'unread'],
  open(random) {
    const scene = makeScene(random);
    let ids = 0;
    return {
      run(note) {
        ids += 1;
        const wanted = make(random, scene, `fuzz-${ids}`);
        const text = JSON.stringify({ seq: 1, request: wanted });
        note(text);
        const request = read(text);
        if (request === undefined) return 'unread';
        const reply = scene.vat.ask(request);
        // A change waits a little for its commit.
        for (let tries = 0; !reply() && tries < 100; tries += 1) scene.world.run(10);
        const value = reply();
        must(value !== undefined, 'no reply');
        must(value.ok || isErrorCode(value.code), 'a refusal without a code');
        if (random() < 0.02) scene.vat.crash();
        return value.ok ? 'done' : 'refused';
      },
      close: scene.close,
    };
  },
};

/** A request about what is there, with a change more often than not. */
function make(random: Random, { object, friendly, friend }: Scene, id: string): Json {
  const request = structuredClone(pick(random, REQUESTS)) as { [key: string]: Json };
  if (request['id'] !== undefined && random() < 0.9) request['id'] = id;
  if (request['target'] !== undefined) request['target'] = { ...pick(random, [object, friendly]) };
  if (request['peer'] !== undefined && request['type'] === 'peer-name') request['peer'] = friend.id;
  return random() < 0.7 ? mutateJson(random, request) : request;
}

function read(text: string): ControlRequest | undefined {
  try {
    const { request } = parseRequestFrame(JSON.parse(text));
    // Ends with the friend or with the object are no fault, but the end of the scene.
    const isEnd = ['stop', 'peer-drop', 'delete', 'qrid-revoke'].includes(request.type);
    return isEnd ? undefined : (request as ControlRequest);
  } catch (error) {
    if (isQrtError(error, 'QRT_REQUEST_MALFORMED')) return undefined;
    throw error;
  }
}
