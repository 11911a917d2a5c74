// Sim vat: one vat of a run: the real kernel, store, NaCl and guest code, from life to life.

import { existsSync } from 'node:fs';
import { isQrtError } from '../../src/core/errors.ts';
import type { VatId } from '../../src/core/ids.ts';
import { makeLimits } from '../../src/core/node-limits.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { FormerLife } from '../../src/kernel/backlog.ts';
import type {
  ControlReply,
  ControlRequest,
  Vat,
  VatInput,
  VatOutput,
} from '../../src/kernel/ports.ts';
import { makeVat } from '../../src/kernel/vat.ts';
import { createStore, type OpenStore, openStore } from '../../src/store/open.ts';
import { markRestored } from '../../src/store/restored.ts';
import type { Plan } from '../sim/agenda.ts';
import { backUp } from '../sim/backup.ts';
import { Death, type StoreCall, watchStore } from '../sim/watched-store.ts';
import { below } from './chance.ts';
import { makeCrew } from './crew.ts';
import { isNearQuarantine } from './delicate.ts';
import { takeKey } from './keyring.ts';
import { makeStrikes } from './strikes.ts';
import { type Backup, type EngineVat, type EngineVatInput, makeVatClock } from './vat-parts.ts';

const LAST_WORDS_CHANCE = 0.3;
const FULL_RETRY_MS = 500;
const LONG_RESTART_CHANCE = 0.1;

/** A vat that is up; its database is made unless it exists. */
export function makeEngineVat(input: EngineVatInput): EngineVat {
  const { name, path, entropy, agenda, network, faults, observers, random, pace, nowMs } = input;
  const { sealer, seed } = takeKey(input.key, entropy);
  const clock = makeVatClock(nowMs);
  let url = input.url;
  let lives = 0;
  let isClosed = false;
  let tickets = 0;
  let pausedUntilMs = 0;
  let former: FormerLife | undefined;
  let raw: OpenStore;
  let store: OpenStore;
  let vat: Vat | undefined;
  let settling: Plan | undefined;
  let alarm: Plan | undefined;
  let starting: Plan | undefined;
  let outputs: VatOutput[] = [];
  const backups: Backup[] = [];
  const boxReplies = new Map<number, (bytes: Uint8Array | undefined) => void>();
  const controlReplies = new Map<number, ControlReply>();
  if (!existsSync(path)) createStore({ path, vat: sealer.vat });

  const isDelicate = (isLimit = false): boolean => isNearQuarantine(raw, isLimit);
  const strikes = makeStrikes({
    seed: input.seed,
    vat: name,
    rates: input.strikeRates,
    faults,
    isDelicate,
  });
  const watch = {
    before(call: StoreCall) {
      for (const observer of observers) observer.onStoreCall?.(self, call, 'before');
      strikes.watch.before?.(call);
    },
    after(call: StoreCall) {
      for (const observer of observers) observer.onStoreCall?.(self, call, 'after');
      strikes.watch.after?.(call);
    },
  };

  const open = (): void => {
    starting = undefined;
    if (isClosed || vat) return;
    lives += 1;
    raw = openStore({ path, vat: sealer.vat });
    store = watchStore(raw, () => watch);
    const emit = (output: VatOutput): void => {
      for (const observer of observers) observer.onOutput?.(self, output);
      outputs.push(output);
    };
    const again = former && { former };
    const limits = makeLimits(input.limits);
    const meter = crew.meter;
    const parts = { store, sealer, sha256, clock, entropy, emit, meter, limits, ...again };
    try {
      vat = makeVat({ ...parts, urls: [url], isServing: true });
    } catch (error) {
      return fall(error);
    }
    flush();
    scheduleSettle();
  };

  /** What is not on disk is gone. */
  const fall = (error: unknown): void => {
    const isFull = isQrtError(error, 'QRT_DISK_FULL');
    if (!isFull && !(error instanceof Death) && !isQrtError(error, 'QRT_STORE_FAILED')) throw error;
    former = isFull ? { attempt: vat?.tried() ?? former?.attempt } : undefined;
    // What is given out after a commit may leave, or not, when the process dies right then.
    const leaving = isFull || random() < LAST_WORDS_CHANCE ? outputs : [];
    drop();
    for (const output of leaving) if (!output.type.startsWith('worker')) route(output);
    outputs = [];
    if (!isFull) for (const observer of observers) observer.onCrash?.(self);
    restartLater(isFull ? FULL_RETRY_MS : restartMs());
  };
  const drop = (): void => {
    vat = undefined;
    crew.disband();
    for (const plan of [settling, alarm]) if (plan) agenda.cancel(plan);
    settling = undefined;
    alarm = undefined;
    raw.close();
    for (const end of [...boxReplies.values()]) agenda.add(nowMs() + 1, () => end(undefined));
    boxReplies.clear();
  };
  const restartMs = (): number =>
    1 + below(random, pace.restartMsMax * (random() < LONG_RESTART_CHANCE ? 20 : 1));
  const restartLater = (ms: number): void => {
    if (!isClosed) starting ??= agenda.add(nowMs() + ms, open);
  };

  const guard = (work: (life: Vat) => void): void => {
    if (!vat) return;
    try {
      work(vat);
    } catch (error) {
      return fall(error);
    }
    flush();
  };

  /** Hands on what was given out, in order. */
  const flush = (): void => {
    for (let output = outputs.shift(); output; output = outputs.shift()) {
      try {
        strikes.passOutput();
      } catch (error) {
        outputs = [];
        return fall(error);
      }
      route(output);
      if (!vat) return;
    }
  };

  const post = (output: Extract<VatOutput, { type: 'post' | 'fetch-contact' }>): void => {
    const life = lives;
    const { attempt, peer, url: at } = output;
    const bytes = output.type === 'post' ? { bytes: output.bytes } : {};
    network.post({ from: sealer.vat, to: peer, url: at, ...bytes }, (result) =>
      give({ type: 'posted', attempt, result }, life),
    );
  };

  const route = (output: VatOutput): void => {
    switch (output.type) {
      case 'post':
      case 'fetch-contact':
        return post(output);
      case 'reply':
        boxReplies.get(output.ticket)?.(output.status === 200 ? output.bytes : undefined);
        return void boxReplies.delete(output.ticket);
      case 'control-reply':
        return void controlReplies.set(output.ticket, output.reply);
      case 'stopped':
        drop();
        return restartLater(restartMs());
      case 'note':
        return;
      default:
        return crew.take(output);
    }
  };

  /** Runs it when the process may run again. */
  const awake = (run: () => void): void => {
    if (nowMs() < pausedUntilMs) agenda.add(pausedUntilMs, () => awake(run));
    else run();
  };
  const give = (next: VatInput, life = lives): void =>
    awake(() => {
      if (life !== lives || !vat) return;
      guard((living) => living.handle(next));
      scheduleSettle();
    });
  const scheduleSettle = (): void => {
    if (!vat) return;
    const delayMs = random() < 0.5 ? 0 : below(random, pace.settleMsMax + 1);
    settling ??= agenda.add(nowMs() + delayMs, () => awake(settle));
  };
  const settle = (): void => {
    settling = undefined;
    guard((living) => living.settle());
    setAlarm();
  };
  const setAlarm = (): void => {
    if (alarm) agenda.cancel(alarm);
    const wakeAtMs = vat?.wakeAtMs();
    if (wakeAtMs === undefined) return;
    const inMs = Math.max(1, wakeAtMs - clock.monotonicMs());
    alarm = agenda.add(nowMs() + inMs, () => {
      alarm = undefined;
      give({ type: 'tick' });
    });
  };

  const crew = makeCrew({ ...input, isDelicate, give: (next) => give(next), giveNow, awake });
  function giveNow(next: VatInput): void {
    guard((living) => living.handle(next));
    scheduleSettle();
  }

  const self: EngineVat = {
    name,
    path,
    seed,
    id: sealer.vat as VatId,
    get url() {
      return url;
    },
    isUp: () => vat !== undefined,
    lives: () => lives,
    store() {
      if (!vat) throw new Error(`vat ${name} is down`);
      return raw;
    },
    receive(next, end) {
      if (!vat) return end(undefined);
      tickets += 1;
      boxReplies.set(tickets, end);
      give({ ...next, ticket: tickets } as VatInput);
    },
    ask(request: ControlRequest, isCommitting) {
      if (!vat || nowMs() < pausedUntilMs) return undefined;
      tickets += 1;
      const ticket = tickets;
      giveNow({ type: 'control', ticket, request });
      if (isCommitting) guard((living) => living.settle());
      const reply = controlReplies.get(ticket);
      controlReplies.delete(ticket);
      return reply;
    },
    kill() {
      if (vat && !isDelicate()) fall(new Death('killed'));
    },
    backUp() {
      const backup = backUp(path);
      backups.push(backup);
      return backup;
    },
    backups: () => backups,
    rollBack(backup, isByCommand) {
      if (!backups.includes(backup) || isClosed) return;
      if (vat) drop();
      outputs = [];
      former = undefined;
      for (const observer of observers) observer.onRestore?.(self);
      backup();
      if (isByCommand) markRestored({ path, vat: sealer.vat });
      restartLater(restartMs());
    },
    forgetBackups() {
      backups.length = 0;
    },
    stop(next) {
      if (!vat) return;
      url = next ?? url;
      give({ type: 'stop' });
    },
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, nowMs() + ms);
    },
    jump: clock.jump,
    revive() {
      clock.repair();
      pausedUntilMs = 0;
      if (starting) agenda.cancel(starting);
      open();
    },
    close() {
      isClosed = true;
      if (vat) drop();
    },
    turnsDone: () => (vat ? raw.readCounters().turnsDone : 0),
  };
  open();
  return self;
}
