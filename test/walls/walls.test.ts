import { describe, expect, it } from 'vitest';
import type { Wall } from '../../src/worker/level-bubblewrap.ts';
import type { AttemptName } from '../../src/worker/probe-attempts.ts';
import { hasWalls, probeBare, probeWithout } from './kit.ts';

interface Case {
  readonly wall: Wall;
  /** Other walls that would stop the same. */
  readonly behind?: readonly Wall[];
  readonly env?: Readonly<Record<string, string>>;
  readonly opens: readonly AttemptName[];
}

const CASES: readonly Case[] = [
  { wall: 'filter', opens: ['startProgram', 'listen'] },
  {
    wall: 'net',
    behind: ['filter'],
    opens: ['connect', 'connectAbstract', 'sendDatagram', 'askNames'],
  },
  { wall: 'processes', behind: ['filter'], opens: ['signalHost'] },
  { wall: 'name', opens: ['seeName'] },
  { wall: 'user', opens: ['beSomebody'] },
  { wall: 'limits', opens: ['takeMemory', 'exceedLimits'] },
  { wall: 'environment', env: { TZ: 'UTC', SECRET: 'known' }, opens: ['seeEnvironment'] },
  { wall: 'read-only root', behind: ['filter'], opens: ['makeFile'] },
];

describe.runIf(hasWalls)('each wall', () => {
  for (const { wall, behind = [], env, opens } of CASES) {
    it(`${wall}: stops ${opens.join(', ')}, and nothing else does`, async () => {
      const options = env === undefined ? {} : { env };
      const standing = await probeWithout({ without: behind, ...options });
      const fallen = await probeWithout({ without: [...behind, wall], ...options });
      if ('failure' in standing || 'failure' in fallen)
        throw new Error(JSON.stringify([standing, fallen]));
      for (const name of opens) {
        expect(standing.open).not.toContain(name);
        expect(fallen.open).toContain(name);
      }
    });
  }

  it('all together leave nothing open', async () => {
    expect(await probeWithout({})).toEqual({ open: [] });
  });
});

describe('without a wall', () => {
  it('the probe gets through, so it is no wonder that what stops it was found', async () => {
    const result = await probeBare();
    if ('failure' in result) throw new Error(result.failure);
    const expected: readonly AttemptName[] = [
      ...(['readSecret', 'readSystem', 'listFiles', 'makeFile', 'changeProgram'] as const),
      ...(['signalHost', 'startProgram', 'connect', 'connectPath', 'sendDatagram'] as const),
      ...(['askNames', 'listen', 'seeName', 'beSomebody'] as const),
      ...(process.platform === 'linux' ? (['connectAbstract', 'seeProcesses'] as const) : []),
    ];
    expect(result.open).toEqual(expect.arrayContaining([...expected]));
    expect(result.open).not.toContain('seeEnvironment');
    expect(result.open).not.toContain('useInherited');
  });
});
