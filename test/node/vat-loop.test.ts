import { setImmediate as breath, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import type { MessageName } from '../../src/kernel/backlog.ts';
import type { VatInput, VatOutput } from '../../src/kernel/ports.ts';
import { systemClock } from '../../src/node/clock.ts';
import type { OpenVat } from '../../src/node/vat-life.ts';
import { makeVatLoop } from '../../src/node/vat-loop.ts';

const FULL = () => new QrtError('QRT_DISK_FULL', { dir: 'here' });
const BROKEN = () => new QrtError('QRT_STORE_FAILED', { path: 'p', reason: 'r' });

/** A vat of plain functions; `seen` holds what each life was given. */
const makeWorld = ({ fullOpens = 0 } = {}) => {
  let opens = 0;
  const formers: unknown[] = [];
  const seen: (VatInput | 'settle')[][] = [];
  const routed: VatOutput[] = [];
  const fatal: unknown[] = [];
  const emits: ((output: VatOutput) => void)[] = [];
  const world = {
    seen,
    routed,
    fatal,
    formers,
    closed: 0,
    onHandle: (_input: VatInput) => {},
    onSettle: () => {},
    wakeAtMs: undefined as number | undefined,
    tried: undefined as MessageName | undefined,
    emit: (output: VatOutput) => emits.at(-1)?.(output),
    onRoute: (_output: VatOutput) => {},
  };
  const openVat: OpenVat = ({ emit, former }) => {
    opens += 1;
    if (opens <= fullOpens) throw FULL();
    formers.push(former);
    const inputs: (VatInput | 'settle')[] = [];
    seen.push(inputs);
    emits.push(emit);
    const vat = {
      handle(input: VatInput) {
        inputs.push(input);
        world.onHandle(input);
      },
      settle() {
        inputs.push('settle');
        world.onSettle();
      },
      wakeAtMs: () => world.wakeAtMs,
      tried: () => world.tried,
    };
    const close = (): void => {
      world.closed += 1;
    };
    return { vat, close };
  };
  const loop = makeVatLoop({
    openVat,
    route(output) {
      routed.push(output);
      world.onRoute(output);
    },
    meter: () => undefined,
    clock: systemClock,
    dir: 'here',
    onFatal: (error) => fatal.push(error),
  });
  onTestFinished(() => loop.close());
  return Object.assign(world, { loop });
};

const box = (ticket: number): VatInput => ({ type: 'box', ticket, bytes: new Uint8Array() });
const ping = (ticket: number): VatInput => ({
  type: 'control',
  ticket,
  request: { type: 'ping' },
});
const without = (text: VatOutput['type']) => (output: VatOutput) => output.type !== text;

describe('vat loop', () => {
  it('a burst of inputs shares one settle', async () => {
    const { loop, seen } = makeWorld();
    for (let ticket = 1; ticket <= 100; ticket += 1) loop.give(box(ticket));
    await breath();
    await breath();
    expect(seen[0]).toHaveLength(101);
    expect(seen[0]?.at(-1)).toBe('settle');
  });

  it('what a route gives back at once never enters the vat while it is busy', () => {
    const world = makeWorld();
    let depth = 0;
    world.onHandle = (input) => {
      expect(depth).toBe(0);
      depth += 1;
      if (input.type === 'box') world.emit({ type: 'worker-start', worker: 1 });
      depth -= 1;
    };
    world.onRoute = () => world.loop.give({ type: 'tick' });
    world.loop.give(box(1));
    expect(world.seen[0]).toEqual([box(1), { type: 'tick' }]);
  });

  it('wakes the vat when it wants to be woken, and not again', async () => {
    const world = makeWorld();
    world.wakeAtMs = systemClock.monotonicMs() + 20;
    world.onHandle = (input) => {
      if (input.type === 'tick') world.wakeAtMs = undefined;
    };
    world.loop.give(box(1));
    await delay(60);
    const ticks = world.seen[0]?.filter((input) => input !== 'settle' && input.type === 'tick');
    expect(ticks).toHaveLength(1);
  });

  it('a full disk: who waits is told, the vat is read again, and goes on by itself', async () => {
    const world = makeWorld();
    world.onSettle = () => {
      world.onSettle = () => {};
      throw FULL();
    };
    world.loop.give(box(1));
    world.loop.give(ping(2));
    world.emit({ type: 'worker-start', worker: 1 });
    await breath();
    await breath();
    expect(world.closed).toBe(1);
    const worker = world.routed.find((output) => output.type === 'worker-kill');
    expect(world.routed.filter(without('note'))).toMatchObject([
      { type: 'worker-start' },
      { type: 'reply', ticket: 1, status: 503 },
      { type: 'control-reply', ticket: 2, reply: { ok: false, code: 'QRT_DISK_FULL' } },
      { type: 'worker-kill' },
    ]);
    // While there is no vat, nobody is kept waiting.
    world.routed.length = 0;
    world.loop.give(box(3));
    world.loop.give({ type: 'tick' });
    expect(world.routed).toMatchObject([{ type: 'reply', ticket: 3, status: 503 }]);

    for (let tries = 0; world.seen.length < 2 && tries < 100; tries += 1) await delay(20);
    world.loop.give(box(4));
    // Frames of the worker that was killed belong to the vat that is gone.
    const payload = new Uint8Array();
    if (worker?.type !== 'worker-kill') throw new Error('no worker was killed');
    world.loop.give({ type: 'worker-frame', worker: worker.worker, payload });
    expect(world.seen[1]?.filter((input) => input !== 'settle')).toEqual([
      { type: 'tick' },
      box(4),
    ]);
    expect(world.fatal).toEqual([]);
  });

  it('a disk that is full at the start is waited for as well', async () => {
    const world = makeWorld({ fullOpens: 2 });
    world.loop.give({ type: 'tick' });
    world.loop.give(ping(1));
    expect(world.routed.filter(without('note'))).toMatchObject([
      { type: 'control-reply', ticket: 1, reply: { ok: false, code: 'QRT_DISK_FULL' } },
    ]);
    for (let tries = 0; world.seen.length < 1 && tries < 200; tries += 1) await delay(20);
    expect(world.seen).toHaveLength(1);
    // Nothing is known of a life before: it is a start.
    expect(world.formers).toEqual([undefined]);
    expect(world.fatal).toEqual([]);
  });

  it('the next life is told what the last one was trying when the disk was full', async () => {
    const world = makeWorld();
    world.tried = { owner: 1, seq: 7 };
    world.onHandle = () => {
      world.onHandle = () => {};
      throw FULL();
    };
    world.loop.give(box(1));
    for (let tries = 0; world.seen.length < 2 && tries < 100; tries += 1) await delay(20);
    expect(world.formers).toEqual([undefined, { attempt: { owner: 1, seq: 7 } }]);
  });

  it('numbers of a second life are its own', async () => {
    const world = makeWorld();
    world.onHandle = () => {
      world.onHandle = () => world.emit({ type: 'worker-start', worker: 1 });
      throw FULL();
    };
    world.loop.give(box(1));
    for (let tries = 0; world.seen.length < 2 && tries < 100; tries += 1) await delay(20);
    const start = world.routed.find((output) => output.type === 'worker-start');
    if (start?.type !== 'worker-start') throw new Error('no worker was started');
    expect(start.worker).not.toBe(1);
    world.loop.give({ type: 'worker-exit', worker: start.worker, end: 'killed' });
    const exits = world.seen[1]?.filter((input) => input !== 'settle' && input.type !== 'tick');
    expect(exits).toEqual([{ type: 'worker-exit', worker: 1, end: 'killed' }]);
  });

  it('a node that stops on a full disk has stopped', () => {
    const world = makeWorld();
    world.onHandle = () => {
      throw FULL();
    };
    world.loop.give({ type: 'stop' });
    expect(world.routed.at(-1)).toEqual({ type: 'stopped' });
    world.routed.length = 0;
    world.loop.give({ type: 'stop' });
    expect(world.routed).toEqual([{ type: 'stopped' }]);
  });

  it.each(['handle', 'settle'])(
    'any other failure in %s ends everything at once',
    async (where) => {
      const world = makeWorld();
      const fail = () => {
        throw BROKEN();
      };
      if (where === 'handle') world.onHandle = fail;
      else world.onSettle = fail;
      world.loop.give(box(1));
      await breath();
      await breath();
      expect(world.fatal).toMatchObject([{ code: 'QRT_STORE_FAILED' }]);
      expect(world.closed).toBe(1);
      const given = world.seen[0]?.length;
      world.loop.give(box(2));
      await breath();
      expect(world.seen[0]).toHaveLength(given ?? 0);
    },
  );
});
