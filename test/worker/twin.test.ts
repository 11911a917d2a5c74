// Twin: a worker of two halves, with halves that are written by hand and with real processes.

import { afterEach, describe, expect, it } from 'vitest';
import type { KernelFrame } from '../../src/core/frames.ts';
import type { LocalId } from '../../src/core/ids.ts';
import { type Half, makeTwin, type Twin } from '../../src/worker/twin.ts';
import { endHosts, startHost } from './host-kit.ts';
import { isRunning, msUntilGone } from './processes.ts';
import { fixture, levelsHere, sandboxAt } from './sandbox-kit.ts';

interface Bench {
  readonly twin: Twin;
  /** What went to the halves, as `half type`. */
  readonly sent: string[];
  readonly heard: string[];
  readonly faults: string[];
  say(half: Half, text: string): void;
}

function makeBench({ isReady = true } = {}): Bench {
  const sent: string[] = [];
  const heard: string[] = [];
  const faults: string[] = [];
  const twin = makeTwin({
    send: (half, frame) => sent.push(`${half} ${frame.type}`),
    onPayload: (payload) => heard.push(Buffer.from(payload).toString()),
    onUnequal: (reason) => faults.push(reason),
  });
  const say = (half: Half, text: string): void => twin.hear(half, Buffer.from(text));
  if (isReady) for (const half of [0, 1] as const) say(half, 'ready');
  heard.splice(0);
  return { twin, sent, heard, faults, say };
}

const turn = { type: 'turn' } as KernelFrame;
const memory = { type: 'memory' } as KernelFrame;
const ASK = '{"type":"ask","what":"memory","id":"m1.1"}';

describe('a twin', () => {
  it('is ready when both halves are', () => {
    const { twin, say, sent, heard } = makeBench({ isReady: false });
    twin.tell(turn);
    say(1, 'ready');
    expect([heard, sent]).toEqual([[], []]);
    say(0, 'ready');
    expect([heard, sent]).toEqual([['ready'], ['0 turn']]);
  });

  it('lets an outcome out when the second half has said the same', () => {
    const { twin, sent, heard, say } = makeBench();
    twin.tell(turn);
    expect(sent).toEqual(['0 turn']);
    say(0, 'outcome');
    expect(sent).toEqual(['0 turn', '1 turn']);
    expect(heard).toEqual([]);
    say(1, 'outcome');
    expect(heard).toEqual(['outcome']);
  });

  it('keeps the order of turns and what stands between them, one at a time', () => {
    const { twin, sent, say } = makeBench();
    twin.tell({ type: 'forget', ids: [] as LocalId[] });
    for (let n = 0; n < 2; n += 1) twin.tell(turn);
    twin.tell({ type: 'forget', ids: [] as LocalId[] });
    const before = ['1 forget', '0 forget', '0 turn'];
    expect(sent).toEqual(before);
    for (const half of [0, 1] as const) say(half, 'one');
    expect(sent).toEqual([...before, '1 turn', '0 turn']);
    for (const half of [0, 1] as const) say(half, 'two');
    expect(sent.slice(5)).toEqual(['1 turn', '1 forget', '0 forget']);
  });

  it('lets each half ask, and gives it the reply', () => {
    const { twin, sent, heard, say } = makeBench();
    twin.tell(turn);
    say(0, ASK);
    twin.tell(memory);
    say(0, 'outcome');
    say(1, ASK);
    twin.tell(memory);
    say(1, 'outcome');
    expect(heard).toEqual([ASK, ASK, 'outcome']);
    expect(sent).toEqual(['0 turn', '0 memory', '1 turn', '1 memory']);
  });

  it('says so when a turn does not come out the same twice', () => {
    const { twin, heard, faults, say } = makeBench();
    twin.tell(turn);
    say(0, 'outcome');
    say(1, 'another');
    expect(heard).toEqual([]);
    expect(faults).toEqual(['a turn did not come out the same twice']);
  });

  it('says so when a half speaks before its time, or is another program', () => {
    const { twin, faults, say } = makeBench();
    say(0, 'outcome');
    twin.tell(turn);
    say(1, 'outcome');
    expect(faults).toEqual(Array(2).fill('one half spoke before its time'));
    const other = makeBench({ isReady: false });
    other.say(0, 'ready');
    other.say(1, 'ready of another version');
    expect(other.faults).toEqual(['its halves are not the same program']);
  });
});

describe('a worker of two processes', () => {
  afterEach(endHosts);
  const start = async () => {
    const sandbox = await sandboxAt(levelsHere[0] ?? 'none', fixture('obedient.cjs'));
    return startHost(sandbox, {}, undefined, true);
  };

  it('is one to its host', async () => {
    const { host, run, reply, exit, inputs } = await start();
    run('reply(1)');
    run('reply([2])');
    expect(await reply(0)).toBe(1);
    expect(await reply(1)).toEqual([2]);
    const [pid = 0] = host.pids();
    if (process.platform === 'linux') expect(host.meter(1)).toBeGreaterThan(0);
    host.kill(1);
    expect(await exit()).toEqual({ type: 'worker-exit', worker: 1, end: 'killed' });
    await msUntilGone(pid, 1_000);
    expect(inputs.filter(({ type }) => type === 'worker-exit')).toHaveLength(1);
  });

  it('ends when its halves differ, and nothing of that turn comes out', async () => {
    const { host, run, replies, exit, notes } = await start();
    const [pid = 0] = host.pids();
    run('reply(process.hrtime.bigint().toString())');
    expect(await exit()).toMatchObject({ end: 'unknown' });
    expect(replies()).toEqual([]);
    expect(notes).toEqual(['a worker was ended: a turn did not come out the same twice']);
    expect(isRunning(pid)).toBe(false);
  });

  it('ends when one half does, as that one did', async () => {
    const { run, exit } = await start();
    run('process.exit(3)');
    expect(await exit()).toMatchObject({ end: 'unknown' });
  });
});
