// Send: puts one message of the operator into a node's queues.

import { parseQrid } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { SendReply } from '../kernel/ports.ts';
import { type Asked, askAndWait, askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import { makeOperatorData } from './operator-data.ts';
import { makeRequestId, parseRequestId } from './request-id.ts';

export interface SendInput {
  readonly dir: string;
  readonly qrid: string;
  readonly args: string;
  readonly refs: readonly string[];
  readonly id: string | undefined;
  /** How long to wait until the receiving vat has stored it; undefined: not at all. */
  readonly waitMs: number | undefined;
}

/** What the node is asked for. Throws QRT_QRID_MALFORMED and what `makeOperatorData` throws. */
export function makeSendRequest(input: Omit<SendInput, 'waitMs'>) {
  return {
    type: 'send',
    id: input.id === undefined ? makeRequestId() : parseRequestId(input.id),
    target: parseQrid(input.qrid, 'The target'),
    args: makeOperatorData({
      what: 'ARGSJSON',
      json: input.args,
      refs: input.refs,
      bytesMax: ARGS_BYTES_MAX,
    }),
    wait: false,
  } as const;
}

/** What became of a message. */
export type Sent = Asked<SendReply>;

/** Asking again with the same id gives the same reply and sends nothing. */
export async function send(input: SendInput): Promise<Sent> {
  const base = openBaseDir(input.dir);
  const request = { ...makeSendRequest(input), wait: input.waitMs !== undefined };
  if (input.waitMs === undefined) return askNode(base, request);
  return askAndWait({ base, request, waitMs: input.waitMs });
}
