// Vat methods: what a program asks of its vat, as the requests that an operator would make.

import { setTimeout as delay } from 'node:timers/promises';
import { isQrtError, QrtError } from '../core/errors.ts';
import { formatQrid, type LocalId, parseQrid } from '../core/ids.ts';
import { ARGS_BYTES_MAX, DISK_RETRY_FIRST_MS } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import type { ResultReply } from '../kernel/answer-ports.ts';
import type { NewQridReply } from '../kernel/keeping-ports.ts';
import type { ControlRequest, InstallReply } from '../kernel/ports.ts';
import { limitsOf, type NodeConfig } from '../node/config.ts';
import type { Desk } from '../node/desk.ts';
import { checkSource } from '../node/install.ts';
import { parseLabel } from '../node/label.ts';
import type { LiveValue } from '../node/live-input.ts';
import { makeInstallRequest, readInstall } from '../node/live-install.ts';
import { Rejection } from '../node/rejection.ts';
import { makeRequestId, parseRequestId } from '../node/request-id.ts';
import { makeCalls } from './calls.ts';
import { assertKnown, parseDeadline } from './options.ts';
import {
  Reference,
  type ReferenceVat,
  type SendOnlyOptions,
  type SendOptions,
} from './reference.ts';
import { fromData, targetOf, toData, toOperatorData } from './values.ts';
import type { InstallOptions, Vat } from './vat.ts';

export interface MethodsInput {
  readonly config: NodeConfig;
  readonly desk: Desk;
  /** Throws QRT_VAT_CLOSED. */
  readonly assertOpen: () => void;
}

/** Ids of this process: whatever another one draws, it has another prefix. */
const ids = { prefix: makeRequestId(), used: 0 };

const INSTALL_OPTIONS = ['path', 'code', 'name', 'power', 'grants', 'label', 'id'];
const SEND_OPTIONS = ['id', 'deadlineMs'];
const SEND_ONLY_OPTIONS = ['id'];

/** The methods of a vat that is open. */
export function makeVatMethods(input: MethodsInput): Pick<Vat, Methods> {
  const { config, desk } = input;
  const limits = limitsOf(config);
  const call = makeCalls(input);

  const vat: ReferenceVat = Object.freeze({
    send: (target: Reference, args: unknown, options: SendOptions) =>
      call(async () => {
        assertKnown('send', options, SEND_OPTIONS);
        const deadlineMs = parseDeadline(options.deadlineMs);
        const message = readMessage(vat, { target, args, options });
        const request = deadlineMs === undefined ? message : { ...message, deadlineMs };
        return readAnswer(vat, await askAnswer(desk, { ...request, answer: true, wait: true }));
      }),
    sendOnly: (target: Reference, args: unknown, options: SendOnlyOptions) =>
      call(async () => {
        assertKnown('sendOnly', options, SEND_ONLY_OPTIONS);
        await desk.ask(readMessage(vat, { target, args, options }));
      }),
    qrid: (object: LocalId) =>
      call(async () => {
        const asked = desk.ask({ type: 'qrid-new', id: makeRequestId(), object });
        return ((await asked) as NewQridReply).qrid;
      }),
  });

  return {
    install: (what: InstallOptions) =>
      call(async () => {
        assertKnown('install', what, INSTALL_OPTIONS);
        const id = readId(what.id);
        const label = what.label === undefined ? undefined : parseLabel(what.label, 'label');
        const request = await makeInstallRequest({
          id,
          given: readInstall({ limits, isReference, toData: (data) => toData(vat, data) }, what),
          toOperatorData: async (data: Capdata<string>) => toOperatorData(data),
          check: (source) => checkSource(source, config.requireSandbox),
        });
        const asked = desk.ask({ ...request, ...(label !== undefined && { label }) });
        const { qrid, object } = (await asked) as InstallReply;
        return new Reference({ vat, qrid, id: object as LocalId });
      }),
    result: <Answer>(id: string) =>
      call(async () => {
        const request = { type: 'result', id: parseRequestId(id, 'id'), wait: true } as const;
        // What is in it is for the program to know.
        return readAnswer(vat, await askAnswer(desk, request)) as Answer;
      }),
    reference(qrid: string) {
      input.assertOpen();
      return new Reference({ vat, qrid: formatQrid(parseQrid(qrid, 'The reference')) });
    },
  };
}

type Methods = 'install' | 'reference' | 'result';

interface Message {
  readonly target: unknown;
  readonly args: unknown;
  readonly options: SendOnlyOptions;
}

function readMessage(vat: ReferenceVat, { target, args, options }: Message) {
  // Who did not choose the id cannot ask again.
  const isBrief = options.id === undefined;
  const value: LiveValue = { what: 'args', value: args, bytesMax: ARGS_BYTES_MAX };
  return {
    type: 'send',
    id: readId(options.id),
    target: targetOf(vat, target, isBrief),
    args: toOperatorData(toData(vat, value)),
    wait: false,
    ...(isBrief && { brief: true }),
  } as const;
}

type AskAnswer = Extract<ControlRequest, { type: 'send' | 'result' }>;

/**
 * Asks for something whose reply is an answer. A full disk keeps the vat from telling it for a while:
 * then it is asked for again. Rejects with QRT_DISK_FULL only if nothing was stored.
 */
async function askAnswer(desk: Desk, request: AskAnswer): Promise<ResultReply> {
  const { id } = request;
  const isBrief = request.type === 'send' && request.brief === true;
  let asked = request;
  for (let full: unknown; ; await delay(DISK_RETRY_FIRST_MS)) {
    try {
      return (await desk.ask(asked)) as ResultReply;
    } catch (error) {
      // It was never stored, and that is certain now.
      if (full !== undefined && isQrtError(error, 'QRT_REQUEST_UNKNOWN')) throw full;
      if (!isQrtError(error, 'QRT_DISK_FULL')) throw error;
      full = error;
      asked = { type: 'result', id, wait: true, ...(isBrief && { forget: true }) };
    }
  }
}

function readAnswer(vat: ReferenceVat, reply: ResultReply): unknown {
  if (reply.state === 'pending') {
    throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'an answer that waits was told' });
  }
  const value = fromData(vat, reply.data);
  if (reply.state === 'fulfilled') return value;
  throw new Rejection(value);
}

const isReference = (value: unknown): boolean => Reference.read(value) !== undefined;

/** One that nobody has used costs as much as all else that sends a message, so they are counted. */
function readId(id: string | undefined): string {
  if (id !== undefined) return parseRequestId(id, 'id');
  ids.used += 1;
  return `${ids.prefix}.${ids.used.toString(36)}`;
}
