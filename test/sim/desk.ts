// Desk: where a test sits as the operator of a vat.

import { createHash } from 'node:crypto';
import { parseQrid, type Qrid } from '../../src/core/ids.ts';
import type { ControlReply, ControlRequest, LogRow, StatusReply } from '../../src/kernel/ports.ts';
import type { Step } from './scripted-worker.ts';

const CODE_TEXT = 'function (args, power) {}';

export interface Desk {
  /** Asks once; the reply is undefined as long as there is none. */
  ask(request: ControlRequest): () => ControlReply | undefined;
  /** Asks until a reply comes, also over deaths. */
  control(request: ControlRequest): ControlReply;
  install(extra?: InstallExtra): Qrid;
  send(target: Qrid, steps?: readonly Step[], extra?: SendExtra): ControlReply;
  status(): StatusReply;
  log(): readonly LogRow[];
}

interface InstallExtra {
  readonly id?: string;
  readonly grants?: readonly string[];
  readonly text?: string;
}

interface SendExtra {
  readonly id?: string;
  readonly slots?: readonly Qrid[];
  /** Instead of the steps. */
  readonly body?: string;
  /** Whether its answer is wanted. */
  readonly answer?: boolean;
}

interface DeskInput {
  readonly name: string;
  readonly ask: Desk['ask'];
  /** Lets a little time pass. */
  readonly wait: () => void;
  readonly lives: () => number;
}

/** A desk at the vat that `ask` asks. */
export function makeDesk({ name, ask, wait, lives }: DeskInput): Desk {
  let ids = 0;
  const nextId = (): string => {
    ids += 1;
    return `${name}-request-${ids}`;
  };
  const control = (request: ControlRequest): ControlReply => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const life = lives();
      const reply = ask(request);
      // While a turn runs, a change waits a little for its commit.
      if (!reply() && lives() === life) wait();
      const value = reply();
      if (value) return value;
    }
    throw new Error(`no reply to ${request.type}`);
  };
  const readValue = (request: ControlRequest): unknown => {
    const reply = control(request);
    if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
    return reply.value;
  };
  return {
    ask,
    control,
    install({ id = nextId(), grants = [], text = CODE_TEXT } = {}) {
      const code = { text, hash: createHash('sha256').update(text).digest('hex') };
      const power = { body: '{}', slots: [] };
      const value = readValue({ type: 'install', id, name: 'test', code, grants, power });
      return parseQrid((value as { qrid: string }).qrid);
    },
    send(target, steps = [], extra = {}) {
      const { id = nextId(), slots = [], body = JSON.stringify(steps), answer } = extra;
      const asking = answer === undefined ? {} : { answer };
      return control({ type: 'send', id, target, args: { body, slots }, wait: false, ...asking });
    },
    status: () => readValue({ type: 'status' }) as StatusReply,
    log: () => (readValue({ type: 'log', after: 0, limit: 10_000 }) as { lines: LogRow[] }).lines,
  };
}
