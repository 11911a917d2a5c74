import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkCode } from '../../src/worker/check.ts';
import { makeWorkerHost, type WorkerInput } from '../../src/worker/host.ts';
import type { WorkerSettings } from '../../src/worker/settings.ts';
import { levelsHere, sandboxAt } from './sandbox-kit.ts';

const program = fileURLToPath(new URL('../../dist/guest/worker.cjs', import.meta.url));
/** How a worker ends with its node matters at the lowest level only. */
const ways = levelsHere.flatMap((level) =>
  (level === 'none' ? (['auto', 'watchdog'] as const) : (['auto'] as const)).map((guard) => ({
    level,
    guard,
  })),
);

describe('the real worker', () => {
  for (const { level, guard } of ways) {
    const settings: Partial<WorkerSettings> = { orphanGuard: guard };

    it(`locks down and is ready within its limits (level ${level}, guard: ${guard})`, async () => {
      const sandbox = await sandboxAt(level, program);
      const first = await new Promise<WorkerInput>((resolve) => {
        const host = makeWorkerHost({
          sandbox,
          settings,
          onInput: (input) => {
            resolve(input);
            void host.close();
          },
        });
        host.start(1);
      });
      if (first.type !== 'worker-frame') throw new Error(`it ended: ${first.end}`);
      expect(JSON.parse(Buffer.from(first.payload).toString())).toMatchObject({
        type: 'ready',
        node: expect.stringContaining(process.versions.node),
      });
    });

    it(`checks code (level ${level}, guard: ${guard})`, async () => {
      const sandbox = await sandboxAt(level, program);
      const text = '(args, power) => args';
      const hash = createHash('sha256').update(text).digest('hex');
      const bytesMax = 1_000;
      expect(await checkCode({ sandbox, settings, text, bytesMax })).toEqual({ text, hash });
      const refused = await checkCode({ sandbox, settings, text: 'async () => 1', bytesMax });
      expect(refused).toMatchObject({ reason: expect.any(String) });
      const long = await checkCode({ sandbox, settings, text, bytesMax: 10 });
      expect(long).toMatchObject({ reason: expect.any(String) });
    });
  }
});
