// Host suite: what a host does with its workers, as tests that run at each level of the sandbox.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FRAME_BYTES_MAX } from '../../src/core/limits.ts';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import { codeRangeBytes } from '../../src/worker/code-range.ts';
import type { WorkerInput } from '../../src/worker/host.ts';
import type { Sandbox } from '../../src/worker/sandbox.ts';
import { endHosts, startHost } from './host-kit.ts';
import { isRunning, msUntilGone } from './processes.ts';
import { fixture, sandboxAt } from './sandbox-kit.ts';

/** What a host does, whatever stands around its workers. */
export function describeHost(level: SandboxLevel): void {
  describe(`worker host (level ${level})`, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await sandboxAt(level, fixture('obedient.cjs'));
    });
    afterEach(endHosts);

    it.runIf(process.platform === 'linux')('its limits are those of the settings', async () => {
      const { host, run, reply } = startHost(sandbox, { dataBytes: 300_000_000 });
      run('reply(1)');
      await reply(0);
      const limits = readFileSync(`/proc/${host.pids()[0]}/limits`, 'utf8');
      const data = 300_000_000 + codeRangeBytes();
      expect(limits).toMatch(new RegExp(`Max data size\\s+${data}\\s+${data}`));
      expect(limits).toMatch(/Max core file size\s+0\s+0/);
      expect(limits).toMatch(/Max file size\s+0\s+0/);
      expect(limits).toMatch(/Max open files\s+64\s+64/);
    });

    it('carries frames both ways, whole and in order, also such sent before it is ready', async () => {
      const { run, reply, inputs } = startHost(sandbox);
      const long = 'x'.repeat(200_000);
      run(`reply(1); reply('${long}'.length); reply('${long}')`);
      run('reply([2])');
      expect(await reply(3)).toEqual([2]);
      expect([await reply(0), await reply(1), await reply(2)]).toEqual([1, 200_000, long]);
      const payloads = inputs.map((each) => each.type === 'worker-frame' && each.payload);
      expect(JSON.parse(Buffer.from(payloads[0] || []).toString()).type).toBe('ready');
    });

    it('a kill stops an endless loop at once and is told once, as a kill', async () => {
      const { host, run, reply, exit, inputs } = startHost(sandbox);
      run('reply(1); for (;;) {}');
      await reply(0);
      const [pid = 0] = host.pids();
      expect(isRunning(pid)).toBe(true);
      const beginMs = performance.now();
      host.kill(1);
      host.kill(1);
      expect(await exit()).toEqual({ type: 'worker-exit', worker: 1, end: 'killed' });
      expect(performance.now() - beginMs).toBeLessThan(1_000);
      await msUntilGone(pid, 1_000);
      await sleep(30);
      expect(inputs.filter(({ type }) => type === 'worker-exit')).toHaveLength(1);
    });

    it('after a kill no frame is told, though it was written before', async () => {
      const test = startHost(sandbox, {}, (input) => onInput(input));
      const onInput = (input: WorkerInput): void => {
        if (input.type === 'worker-frame' && test.replies().length === 2) test.host.kill(1);
      };
      test.run('for (let n = 0; n < 100; n += 1) reply(n)');
      await test.exit();
      expect(test.replies()).toEqual([0, 1]);
      test.run('reply("more")');
    });

    it('an end by itself comes after all its frames, and its cause is unknown', async () => {
      const { run, exit, replies, inputs, notes } = startHost(sandbox);
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
        const { run, exit } = startHost(sandbox);
        run(filler);
        expect(await exit()).toMatchObject({ end: 'heap' });
      }
    }, 60_000);

    it.runIf(process.platform === 'linux')(
      'memory outside of the heap is bounded too',
      async () => {
        const { host, run, reply, exit } = startHost(sandbox);
        run(`const all = []; try { for (;;) { all.push(new Uint8Array(1e7).fill(1)); } }
         catch { reply(all.length); }`);
        // Which of the two comes first is chance: an allocation of the guest's that fails, or V8's own.
        const outcome = await Promise.race([reply(0), exit()]);
        if (typeof outcome === 'number') expect(outcome).toBeLessThan(40);
        else expect(outcome).toMatchObject({ end: 'heap' });
        host.kill(1);
      },
    );

    it('a frame beyond the bound ends the worker (QRT_WORKER_BROKEN), and no frame comes of it', async () => {
      const { run, exit, reply, replies, notes } = startHost(sandbox);
      run('reply(1)');
      await reply(0);
      run(`const length = Buffer.alloc(4); length.writeUInt32BE(${FRAME_BYTES_MAX + 1});
         write(length); write(Buffer.from('{"type":"outcome"}')); for (;;) {}`);
      expect(await exit()).toMatchObject({ end: 'unknown' });
      expect(replies()).toEqual([1]);
      expect(notes[0]).toContain(`a frame of ${FRAME_BYTES_MAX + 1} bytes`);
    });

    it('a worker whose input ends, ends', async () => {
      const { run, exit } = startHost(sandbox);
      run('');
      run('fs.readSync = () => 0');
      expect(await exit()).toMatchObject({ end: 'unknown' });
    });

    it('two workers are two processes, and one number is used once at a time', async () => {
      const { host, exit, run, reply } = startHost(sandbox);
      expect(() => host.start(1)).toThrow(
        expect.objectContaining({ code: 'QRT_INVARIANT_BROKEN' }),
      );
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
      const { host, run, reply, inputs } = startHost(sandbox);
      run('reply(1); for (;;) {}');
      await reply(0);
      const [pid = 0] = host.pids();
      const before = inputs.length;
      await host.close();
      await msUntilGone(pid, 1_000);
      expect(inputs).toHaveLength(before);
      host.start(3);
      await host.close();
    });
  });

  describe(`cpu meter (level ${level})`, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await sandboxAt(level, fixture('obedient.cjs'));
    });
    afterEach(endHosts);

    it.runIf(process.platform === 'linux')(
      'counts what the worker computes, not what it waits',
      async () => {
        const { host, run, reply } = startHost(sandbox);
        run('reply(1)');
        await reply(0);
        const atRest = host.meter(1) ?? Number.NaN;
        await sleep(200);
        expect((host.meter(1) ?? Number.NaN) - atRest).toBeLessThan(50);
        run('for (;;) {}');
        const beganMs = performance.now();
        await expect
          .poll(() => (host.meter(1) ?? 0) - atRest, { timeout: 15_000 })
          .toBeGreaterThan(250);
        // All its threads count, but one of them does all the work.
        const used = (host.meter(1) ?? Number.NaN) - atRest;
        expect(used).toBeLessThan(2 * (performance.now() - beganMs) + 50);
      },
    );

    it('of a worker that is gone it is unknown', async () => {
      const { host, exit } = startHost(sandbox);
      host.kill(1);
      await exit();
      expect(host.meter(1)).toBeUndefined();
    });
  });
}
