import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { FRAME_BYTES_MAX } from '../../src/core/limits.ts';
import { makeWorkerHost, type WorkerHost, type WorkerInput } from '../../src/worker/host.ts';
import type { WorkerSettings } from '../../src/worker/settings.ts';
import { isRunning } from './processes.ts';
import { fixture, sandboxAt } from './sandbox-kit.ts';

const program = fixture('obedient.cjs');
const bare = await sandboxAt('none', program);
const nowhere = await sandboxAt('none', '/nowhere/worker.cjs');

const ended: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(ended.splice(0).map((end) => end()));
});

interface TestHost {
  readonly host: WorkerHost;
  readonly inputs: WorkerInput[];
  readonly notes: string[];
  /** Tells worker 1 to run a text. */
  run(text: string): void;
  /** What worker 1 replied, its first frame left out. */
  replies(): unknown[];
  /** The n-th reply, waited for. */
  reply(index: number): Promise<unknown>;
  exit(worker?: number): Promise<WorkerInput>;
}

function startHost(
  settings: Partial<WorkerSettings> = {},
  { path = program, onInput = (_input: WorkerInput): void => undefined } = {},
): TestHost {
  const inputs: WorkerInput[] = [];
  const notes: string[] = [];
  const host = makeWorkerHost({
    sandbox: path === program ? bare : nowhere,
    settings,
    onNote: (text) => notes.push(text),
    onInput: (input) => {
      inputs.push(input);
      onInput(input);
    },
  });
  ended.push(() => host.close());
  host.start(1);
  const payloads = () =>
    inputs.flatMap((input) =>
      input.type === 'worker-frame' ? [JSON.parse(Buffer.from(input.payload).toString())] : [],
    );
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await sleep(5);
    }
  };
  return {
    host,
    inputs,
    notes,
    run: (text) => host.send(1, { type: 'check', text, bytesMax: 1 }),
    replies: () => payloads().slice(1),
    reply: (index) => until(() => payloads()[index + 1]),
    exit: (worker = 1) =>
      until(() => inputs.find((each) => each.type === 'worker-exit' && each.worker === worker)),
  };
}

describe('worker host', () => {
  it('carries frames both ways, whole and in order, also such sent before it is ready', async () => {
    const { run, reply, inputs } = startHost();
    const long = 'x'.repeat(200_000);
    run(`reply(1); reply('${long}'.length); reply('${long}')`);
    run('reply([2])');
    expect(await reply(3)).toEqual([2]);
    expect([await reply(0), await reply(1), await reply(2)]).toEqual([1, 200_000, long]);
    const payloads = inputs.map((each) => each.type === 'worker-frame' && each.payload);
    expect(JSON.parse(Buffer.from(payloads[0] || []).toString()).type).toBe('ready');
  });

  it('the worker has no environment but the time zone, no directory and no file of ours', async () => {
    const { run, reply } = startHost();
    run('reply([process.env, process.cwd(), process.argv.length])');
    expect(await reply(0)).toEqual([{ TZ: 'UTC' }, '/', 2]);
    run(`try { fs.writeFileSync('/tmp/qrt-forbidden', 'x'); reply('written'); }
         catch (error) { reply(error.code ?? 'refused'); }`);
    if (process.platform === 'linux') expect(await reply(1)).toBe('EFBIG');
  });

  it.runIf(process.platform === 'linux')('its limits are those of the settings', async () => {
    const { run, reply } = startHost({ dataBytes: 300_000_000 });
    run("reply(fs.readFileSync('/proc/self/limits', 'utf8'))");
    const limits = String(await reply(0));
    expect(limits).toMatch(/Max data size\s+300000000\s+300000000/);
    expect(limits).toMatch(/Max core file size\s+0\s+0/);
    expect(limits).toMatch(/Max file size\s+0\s+0/);
    expect(limits).toMatch(/Max open files\s+64\s+64/);
  });

  it('the process that was started is the worker itself, in a group of its own', async () => {
    const { host, run, reply, exit } = startHost();
    run('reply([process.pid, process.ppid])');
    const [pid, parent] = (await reply(0)) as [number, number];
    expect(parent).toBe(process.pid);
    expect(() => process.kill(-pid, 0)).not.toThrow();
    if (process.platform === 'linux') expect(host.meter(1)).toBeGreaterThan(0);
    host.kill(1);
    await exit();
    expect(() => process.kill(-pid, 0)).toThrow();
  });

  it('a kill stops an endless loop at once and is told once, as a kill', async () => {
    const { host, run, reply, exit, inputs } = startHost();
    run('reply(process.pid); for (;;) {}');
    const pid = Number(await reply(0));
    const beginMs = performance.now();
    host.kill(1);
    host.kill(1);
    expect(await exit()).toEqual({ type: 'worker-exit', worker: 1, end: 'killed' });
    expect(performance.now() - beginMs).toBeLessThan(1_000);
    expect(isRunning(pid)).toBe(false);
    await sleep(30);
    expect(inputs.filter(({ type }) => type === 'worker-exit')).toHaveLength(1);
  });

  it('after a kill no frame is told, though it was written before', async () => {
    const test = startHost({}, { onInput: (input) => onInput(input) });
    const onInput = (input: WorkerInput): void => {
      if (input.type === 'worker-frame' && test.replies().length === 2) test.host.kill(1);
    };
    test.run('for (let n = 0; n < 100; n += 1) reply(n)');
    await test.exit();
    expect(test.replies()).toEqual([0, 1]);
    test.run('reply("more")');
  });

  it('an end by itself comes after all its frames, and its cause is unknown', async () => {
    const { run, exit, replies, inputs, notes } = startHost();
    run('for (let n = 0; n < 3000; n += 1) reply(n); process.exit(3)');
    expect(await exit()).toEqual({ type: 'worker-exit', worker: 1, end: 'unknown' });
    expect(inputs.at(-1)?.type).toBe('worker-exit');
    expect(replies()).toHaveLength(3000);
    expect(notes).toEqual([expect.stringContaining('ended by 3')]);
  });

  it('a full heap is told as such, however it was filled', async () => {
    const fillers = [
      'const all = []; for (;;) all.push(new Array(1000).fill(0).map((_, n) => ({ n })));',
      'const map = new Map(); for (let n = 0; ; n += 1) map.set(n, n);',
    ];
    for (const filler of fillers) {
      const { run, exit } = startHost();
      run(filler);
      expect(await exit()).toMatchObject({ end: 'heap' });
    }
  }, 60_000);

  it.runIf(process.platform === 'linux')('memory outside of the heap is bounded too', async () => {
    const { host, run, reply, exit } = startHost();
    run(`const all = []; try { for (;;) { all.push(new Uint8Array(1e7).fill(1)); } }
         catch { reply(all.length); }`);
    // Which of the two comes first is chance: an allocation of the guest's that fails, or V8's own.
    const outcome = await Promise.race([reply(0), exit()]);
    if (typeof outcome === 'number') expect(outcome).toBeLessThan(40);
    else expect(outcome).toMatchObject({ end: 'heap' });
    host.kill(1);
  });

  it('a frame beyond the bound ends the worker (QRT_WORKER_BROKEN), and no frame comes of it', async () => {
    const { run, exit, reply, replies, notes } = startHost();
    run('reply(1)');
    await reply(0);
    run(`const length = Buffer.alloc(4); length.writeUInt32BE(${FRAME_BYTES_MAX + 1});
         write(length); write(Buffer.from('{"type":"outcome"}')); for (;;) {}`);
    expect(await exit()).toMatchObject({ end: 'unknown' });
    expect(replies()).toEqual([1]);
    expect(notes[0]).toContain(`a frame of ${FRAME_BYTES_MAX + 1} bytes`);
  });

  it('a worker that closes its input is ended, and frames for it are dropped', async () => {
    const { run, reply, exit } = startHost();
    run('fs.closeSync(0); reply(process.pid); for (;;) {}');
    const pid = Number(await reply(0));
    for (let n = 0; n < 5; n += 1) {
      run('x');
      await sleep(10);
    }
    expect(await exit()).toMatchObject({ end: 'unknown' });
    expect(isRunning(pid)).toBe(false);
  });

  it('a worker whose input ends, ends', async () => {
    const { run, exit } = startHost();
    run('');
    run('fs.readSync = () => 0');
    expect(await exit()).toMatchObject({ end: 'unknown' });
  });

  it('what a worker left behind with its pipes open does not hold back its exit', async () => {
    const { run, exit, reply } = startHost();
    run(`const { spawn } = require('node:child_process');
         const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 6e4)'],
           { stdio: 'inherit', detached: true });
         reply(child.pid); process.exit(0);`);
    const pid = Number(await reply(0));
    ended.push(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
    const beginMs = performance.now();
    await exit();
    expect(performance.now() - beginMs).toBeLessThan(3_000);
  });

  it('a program that is not there, or that dies at once, is told as an exit', async () => {
    const { exit, notes } = startHost({}, { path: '/nowhere/worker.cjs' });
    expect(await exit()).toMatchObject({ end: 'unknown' });
    expect(notes[0]).toContain("Cannot find module '/nowhere/worker.cjs'");
  });

  it('two workers are two processes, and one number is used once at a time', async () => {
    const { host, exit, run, reply } = startHost();
    expect(() => host.start(1)).toThrow(expect.objectContaining({ code: 'QRT_INVARIANT_BROKEN' }));
    host.start(2);
    host.kill(2);
    await exit(2);
    run('reply(1)');
    expect(await reply(0)).toBe(1);
    host.start(2);
    host.send(9, { type: 'check', text: '', bytesMax: 1 });
    host.kill(9);
    expect(host.meter(9)).toBeUndefined();
  });

  it('close resolves when all are gone and tells nothing more', async () => {
    const { host, run, reply, inputs } = startHost();
    run('reply(process.pid); for (;;) {}');
    const pid = Number(await reply(0));
    const before = inputs.length;
    await host.close();
    expect(isRunning(pid)).toBe(false);
    expect(inputs).toHaveLength(before);
    host.start(3);
    await host.close();
  });
});

describe('cpu meter', () => {
  it.runIf(process.platform === 'linux')(
    'counts what the worker computes, not what it waits',
    async () => {
      const { host, run, reply } = startHost();
      run('reply(1)');
      await reply(0);
      const atRest = host.meter(1) ?? Number.NaN;
      await sleep(200);
      expect((host.meter(1) ?? Number.NaN) - atRest).toBeLessThan(50);
      run(`const user = () => process.cpuUsage().user + process.cpuUsage().system;
         const end = user() + 300e3; while (user() < end); reply(2)`);
      await reply(1);
      const used = (host.meter(1) ?? Number.NaN) - atRest;
      expect(used).toBeGreaterThan(250);
      expect(used).toBeLessThan(600);
    },
  );

  it('of a worker that is gone it is unknown', async () => {
    const { host, exit } = startHost();
    host.kill(1);
    await exit();
    expect(host.meter(1)).toBeUndefined();
  });
});
