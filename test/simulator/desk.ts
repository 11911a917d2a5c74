// Desk: the stage of a run: what workloads ask of vats, as operators would.

import { createHash } from 'node:crypto';
import { decode } from '../../src/core/capdata-decode.ts';
import { type LocalId, parseQrid, type Qrid } from '../../src/core/ids.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { ControlRequest } from '../../src/kernel/ports.ts';
import type { Random } from './chance.ts';
import type { Engine } from './engine.ts';
import type { SimVat, Stage } from './stage.ts';
import type { EngineVat } from './vat-parts.ts';

export interface Desk extends Stage {
  /** Whether requests wait for their replies, and time passes meanwhile. */
  setPatient(isPatient: boolean): void;
  /** Requests that were answered. */
  answered(): number;
}

const GRANTS = ['log'];
/** The first waits, each; later ones are longer, until vats that moved all at once are told of that. */
const WAIT_MS = 5;
const WAIT_MS_MAX = 1_000;
const WAITS_OF_ONE_LENGTH = 100;
const WAITS_MAX = 2_000;
const COMMITTING_CHANCE = 0.7;

export function makeDesk(engine: Engine, random: Random): Desk {
  const { choice, rewound } = engine;
  let isPatient = true;
  let ids = 0;
  let answered = 0;

  const ask = (vat: SimVat, request: ControlRequest): unknown => {
    for (let waits = 0; waits < WAITS_MAX; waits += 1) {
      const reply = (vat as EngineVat).ask(request, isPatient || random() < COMMITTING_CHANCE);
      if (reply?.ok) {
        answered += 1;
        return reply.value;
      }
      if (!isPatient) return undefined;
      if (reply && !BUSY.has(reply.code)) throw new Error(`${reply.code}: ${reply.message}`);
      const length = WAIT_MS * 2 ** Math.floor(waits / WAITS_OF_ONE_LENGTH);
      engine.run(Math.min(length, WAIT_MS_MAX));
    }
    throw new Error(`${vat.name} does not answer ${request.type}`);
  };
  const nextId = (): string => {
    ids += 1;
    return `request-${ids}`;
  };
  const objectId = (vat: SimVat, qrid: Qrid): LocalId | undefined =>
    vat.isUp() ? vat.store().objectOfSwissHash(sha256(Buffer.from(qrid.swissnum))) : undefined;

  return Object.freeze({
    vats: engine.vats,
    random,
    nowMs: engine.nowMs,
    choice,
    rewound,
    setPatient(next: boolean) {
      isPatient = next;
    },
    answered: () => answered,
    install(vat: SimVat, text: string, data: unknown = {}, id = nextId()): Qrid | undefined {
      const code = { text, hash: createHash('sha256').update(text).digest('hex') };
      const power = { body: JSON.stringify(data), slots: [] };
      const value = ask(vat, { type: 'install', id, name: id, code, grants: GRANTS, power });
      return value === undefined ? undefined : parseQrid((value as { qrid: string }).qrid);
    },
    send(vat: SimVat, target: Qrid, args: unknown, slots: readonly Qrid[] = [], id = nextId()) {
      const body = JSON.stringify(args);
      const value = ask(vat, { type: 'send', id, target, args: { body, slots }, wait: false });
      return value !== undefined;
    },
    objectId,
    memory(vat: SimVat, object: Qrid | LocalId): unknown {
      const id = typeof object === 'string' ? object : objectId(vat, object);
      if (id === undefined || !vat.isUp()) return undefined;
      const slot = vat.store().object(id)?.power.memory;
      const value = slot && vat.store().memory(slot);
      return value && decode(value, { makeReference: ($) => ({ $ }) });
    },
  });
}

const BUSY: ReadonlySet<string> = new Set(['QRT_VAT_BUSY']);
