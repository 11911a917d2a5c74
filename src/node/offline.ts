// Offline: one request of the operator to a vat whose node is stopped.
//
// The vat is read from disk, answers, and is let go. It has no worker and no way out: turns and
// deliveries wait for `qrt start`.

import { setTimeout as delay } from 'node:timers/promises';
import { QrtError } from '../core/errors.ts';
import { CONTROL_REPLY_MS_MAX } from '../core/limits.ts';
import type { ControlReply, ControlRequest } from '../kernel/ports.ts';
import { assertModes, type BaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';
import { openNodeVat } from './node-vat.ts';

const TICKET = 1;
const PAUSE_MS = 2;

/** Asks the vat of a stopped node. The caller MUST hold the node's lock. */
export async function askStopped(base: BaseDir, request: ControlRequest): Promise<ControlReply> {
  process.umask(0o077);
  assertModes(base);
  const config = readConfig(base.config);
  let reply: ControlReply | undefined;
  const { vat, close } = openNodeVat({ base, config, isServing: false })({
    meter: () => undefined,
    emit(output) {
      if (output.type === 'control-reply' && output.ticket === TICKET) reply = output.reply;
    },
  });
  try {
    vat.handle({ type: 'control', ticket: TICKET, request });
    vat.settle();
    const endMs = systemClock.monotonicMs() + CONTROL_REPLY_MS_MAX;
    while (reply === undefined) {
      if (systemClock.monotonicMs() > endMs) {
        throw new QrtError('QRT_NODE_SILENT', { dir: base.dir, reason: 'its vat did not answer' });
      }
      await delay(PAUSE_MS);
      vat.handle({ type: 'tick' });
      vat.settle();
    }
    return reply;
  } finally {
    close();
  }
}
