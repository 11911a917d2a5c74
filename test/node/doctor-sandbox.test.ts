import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { formatConfig, readConfig } from '../../src/node/config.ts';
import { createNode } from '../../src/node/create.ts';
import { examineNode } from '../../src/node/doctor.ts';
import type { Check } from '../../src/node/doctor-check.ts';
import { checkSandbox } from '../../src/node/doctor-program.ts';
import { codeOf, makeScratch } from './scratch.ts';

describe('doctor on the sandbox of workers', () => {
  it('what the sandbox leaves open is named with what to install', () => {
    const full = { level: 'full', open: [], line: '' } as const;
    const all = { report: full, hasLimits: true };
    expect(checkSandbox(all).state).toBe('ok');
    const unlimited = checkSandbox({ ...all, hasLimits: false });
    expect(unlimited).toMatchObject({ state: 'warn', found: expect.stringContaining('prlimit') });
    expect(unlimited.advice).toContain('util-linux');
    const report = { level: 'none', open: ['a', 'b'], reason: 'no reason', line: '' } as const;
    const none = checkSandbox({ ...all, report });
    const found = 'sandbox none (no reason); not stopped: a, b';
    expect(none).toMatchObject({ state: 'warn', found });
    const advised = checkSandbox({ ...all, report: { ...report, advice: 'do this' } });
    expect(advised.advice).toBe('Do this.');
    expect(checkSandbox({ ...all, running: 'none' })).toMatchObject({
      state: 'warn',
      found: 'this machine has the sandbox full, the running node began with none',
      advice: expect.stringContaining('start it again'),
    });
    expect(checkSandbox({ ...all, running: 'full' }).state).toBe('ok');
  });

  it('a sandbox that is required and missing fails', async () => {
    vi.stubEnv('QRT_BWRAP', '/nonexistent');
    onTestFinished(() => void vi.unstubAllEnvs());
    const dir = join(makeScratch(), 'one');
    await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
    const base = openBaseDir(dir);
    const config = readConfig(base.config);
    writeFileSync(base.config, formatConfig({ ...config, requireSandbox: 'spaces' }));
    const checks: Check[] = [];
    const onCheck = (check: Check) => void checks.push(check);
    await codeOf(() => examineNode({ dir, onBegin: () => {}, onCheck }));
    expect(checks.find(({ check }) => check === 'sandbox')).toMatchObject({
      state: 'fail',
      found: expect.stringMatching(/QRT_SANDBOX_UNAVAILABLE: .*\(full, spaces\).*bubblewrap/),
    });
  });
});
