import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { codeRangeBytes } from '../../src/worker/code-range.ts';
import { makeBareCommand } from '../../src/worker/level-none.ts';
import { makeLimits } from '../../src/worker/sandbox.ts';
import { DEFAULT_SETTINGS } from '../../src/worker/settings.ts';
import { findProgram, findTools, keepsDeathSignal, SHELL } from '../../src/worker/tools.ts';
import { levelsHere } from './sandbox-kit.ts';

const tools = {
  endWithParent: ['/bin/setpriv', '--pdeathsig', 'KILL', '--'],
  limit: '/bin/prlimit',
};
const parts = { program: '/opt/worker.cjs', settings: DEFAULT_SETTINGS };

describe('sandbox', () => {
  it('there is always a level, and the worst is always among them', () => {
    expect(levelsHere).toContain('none');
  });
});

describe('level none', () => {
  it('with all tools the worker has limits and ends by a signal, without a watchdog', () => {
    expect(makeBareCommand(parts, tools).argv).toEqual([
      ...['/bin/setpriv', '--pdeathsig', 'KILL', '--'],
      ...[
        '/bin/prlimit',
        `--data=${400_000_000 + codeRangeBytes()}`,
        '--core=0',
        '--fsize=0',
        '--nofile=64',
        '--',
      ],
      ...[process.execPath, '--max-old-space-size=64', '--no-addons', '/opt/worker.cjs'],
    ]);
  });

  it('without tools it is a bare process with a watchdog', () => {
    const [node, heap, addons, flag, text, program] = makeBareCommand(parts, {}).argv;
    expect([node, heap, addons]).toEqual([
      process.execPath,
      '--max-old-space-size=64',
      '--no-addons',
    ]);
    expect([flag, program]).toEqual(['-e', '/opt/worker.cjs']);
    expect(text).toContain(`workerData: ${process.pid}`);
  });

  it.runIf(process.platform === 'linux')('prlimit and the shell set the same limits', () => {
    const read = (limit: string): string => {
      const [command = '', ...args] = makeLimits(DEFAULT_SETTINGS, limit);
      return spawnSync(command, [...args, 'cat', '/proc/self/limits'], { encoding: 'utf8' }).stdout;
    };
    const kib = Math.floor((DEFAULT_SETTINGS.dataBytes + codeRangeBytes()) / 1024);
    const limits = read(SHELL);
    expect(limits).toMatch(new RegExp(`Max data size\\s+${kib * 1024}\\s+${kib * 1024}`));
    expect(limits).toMatch(/Max core file size\s+0\s+0/);
    expect(limits).toMatch(/Max file size\s+0\s+0/);
    expect(limits).toMatch(/Max open files\s+64\s+64/);
    const path = findProgram('prlimit');
    const rest = (text: string): string => text.replace(/^Max data size.*$/m, '');
    if (path !== undefined) expect(rest(read(path))).toBe(rest(limits));
  });

  it('a Node with capabilities of its own gets the watchdog: it would lose the signal', () => {
    const status = (permitted: string) => `Name:\tnode\nCapPrm:\t${permitted}\nCapEff:\t0\n`;
    expect(keepsDeathSignal({ uid: 1000, status: status('0000000000000000') })).toBe(true);
    expect(keepsDeathSignal({ uid: 1000, status: status('0000000000000400') })).toBe(false);
    expect(keepsDeathSignal({ uid: 1000, status: '' })).toBe(false);
    expect(keepsDeathSignal({ uid: 0, status: status('000001ffffffffff') })).toBe(true);
  });

  it('the tools are looked for once, and each that is named can be run', () => {
    expect(findTools()).toBe(findTools());
    for (const path of [findTools().limit, findTools().endWithParent?.[0]]) {
      if (path !== undefined) expect(path).toMatch(/^\//);
    }
  });
});
