// Answers: what a worker is told when it asks in the middle of a turn.

import { QrtError } from '../core/errors.ts';
import type { KernelFrame, WorkerFrame } from '../core/frames.ts';
import { capdataBytes } from '../core/power.ts';
import type { ObjectStore } from './store-port.ts';

/** The frame that answers an ask. Throws QRT_WORKER_BROKEN. */
export function answerAsk(
  store: ObjectStore,
  ask: Extract<WorkerFrame, { type: 'ask' }>,
): KernelFrame {
  switch (ask.what) {
    case 'object': {
      const found = store.object(ask.id);
      if (!found) return { type: 'object', id: ask.id };
      return { type: 'object', id: ask.id, object: { code: found.code, power: found.power } };
    }
    case 'memory': {
      const value = store.memory(ask.id);
      if (!value)
        throw new QrtError('QRT_WORKER_BROKEN', {
          reason: `it asks for ${ask.id}, which does not exist`,
        });
      return { type: 'memory', id: ask.id, value };
    }
    case 'code': {
      const text = store.codeText(ask.id);
      return { type: 'code', hash: ask.id, ...(text !== undefined && { text }) };
    }
  }
}

/** What an answer counts, so that a worker that asks without end can be told from others. */
export function answerBytes(frame: KernelFrame): number {
  return ASK_BYTES + sizeOf(frame);
}

function sizeOf(frame: KernelFrame): number {
  switch (frame.type) {
    case 'object':
      return frame.object === undefined ? 0 : capdataBytes(frame.object.power.data);
    case 'memory':
      return capdataBytes(frame.value);
    case 'code':
      return frame.text?.length ?? 0;
    default:
      return 0;
  }
}

/** What an ask counts beside the data in its reply. */
const ASK_BYTES = 100;
