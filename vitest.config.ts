import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testTempDir } from './scripts/lib/test-temp.mjs';
import { Part } from './scripts/vitest-part.mjs';

/** Projects with real processes or a locked-down realm; every other test is a unit test. */
const SPEC = 'test/spec/**/*.test.ts';
/** All but the check of the table of promises, which is quick. */
const SPEC_SLOW = 'test/spec/**/!(table).test.ts';
const SYSTEM = 'test/system/**/*.test.ts';
/** Laws of guests, of vats in a program, of the simulator, of disks put back: too slow for the check. */
const LAWS = ['vats', 'testing', 'embed', 'simulator', 'rollback'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
/** Every crash point, games by chance over many vats, and what is many: too slow for the check. */
const GAMES = [
  'kernel/{crash,keeping-crash,settle-crash}',
  'kernel/{healed-many,standstill,links-full,enemy,fair,drop-answers,answers-{wire,full},fates,bombs,checkpoints,settle-{answers,common}}',
  'kernel/{answers,promises,turns}-{random,parted,many}',
  'store/waits-many',
].map((files) => `test/${files}.test.ts`);
/** Hostile programs and inputs by the thousand, each wall taken away: too slow for the quick check. */
const CONFINEMENT = ['walls', 'guest-attacks', 'worker-attacks', 'confinement', 'fuzz'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const GUEST_LOCKDOWN = 'test/guest-lockdown/**/*.test.ts';

/**
 * Which parts are run of what is not run whole: see test/thorough.ts. A run in part tries
 * - each promise of test/spec/README.md and each unit test, and a fifth of the files of the slow
 *   projects below: scripts/vitest-part.mjs; whoever names files or projects gets all of these;
 * - some of what is many of a kind: crash points, kinds of damage, lies, attacks, targets of the
 *   fuzzer, random histories, shipped guests, examples;
 * - a third or a half of the longest tests of the command line and of its pages, and of the largest
 *   sets of attacks;
 * - seven of eight `qrt` commands in one process, elsewhere two of three: test/system/one-process.ts.
 * CI leaves out nothing: QRT_TEST=thorough.
 */
process.env['QRT_TEST_SEED'] ??= String(randomInt(1_000_000));
/**
 * CI runs on a machine that others use too, and what has real processes waits there for them now and
 * then in vain. Such a test is tried twice there, and the first try is shown. What is drawn anew in
 * each run is not: what it finds once is a bug.
 */
const retry = process.env['CI'] ? 1 : 0;
const isQuick = process.env['QRT_TEST'] !== 'thorough' && process.argv.slice(2).join(' ') === 'run';

export default defineConfig({
  test: {
    globalSetup: 'scripts/vitest-build.mjs',
    reporters: ['default', './scripts/vitest-tally.mjs'],
    pool: 'forks',
    // Files share a process and what they import: starting and importing cost more than many of them.
    isolate: false,
    // One waits now and then: for a disk, a process, or a time to pass.
    maxWorkers: availableParallelism() + 1,
    sequence: isQuick ? { sequencer: Part } : {},
    env: { TMPDIR: testTempDir(process.env) },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [SPEC_SLOW, SYSTEM, ...LAWS, ...GAMES, ...CONFINEMENT, GUEST_LOCKDOWN],
          // Many of them start processes, and the machine may have other work to do.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        // lockdown() changes its realm for good: each file has a process of its own.
        test: { name: 'guest-lockdown', include: [GUEST_LOCKDOWN], isolate: true },
      },
      {
        extends: true,
        test: { name: 'laws', include: LAWS, testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: 'games', include: GAMES, testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'confinement',
          include: CONFINEMENT,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'spec', include: [SPEC], testTimeout: 120_000, hookTimeout: 60_000, retry },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: [SYSTEM],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          retry,
        },
      },
    ],
  },
});
