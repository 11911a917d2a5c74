// Copy: the checkout in a directory of its own, in which bugs are planted and tests run.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyEdit, type Plant } from './plant.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a run of tests came to. */
interface TestRun {
  readonly passed: number;
  readonly failed: readonly string[];
  /** What the tool printed, for a run that came to nothing. */
  readonly output: string;
}

export interface Copy {
  /** Runs `work` while the bug is in the tree. */
  withPlant<T>(plant: Plant, work: () => T): T;
  /** What the type checker and the linter say against the tree; empty when nothing. */
  complaints(files: readonly string[]): string;
  /** Runs the tests of a file whose names hold one of `names`. */
  runTests(file: string, names: readonly string[]): TestRun;
}

/** A copy of all files of the checkout that git knows or would add, in `directory`. */
export function makeCopy(directory: string): Copy {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT });
  for (const file of listed
    .toString()
    .split('\n')
    .filter((name) => name !== '')) {
    if (!existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(ROOT, file), join(directory, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));

  const run = (script: string, args: readonly string[]) =>
    spawnSync(process.execPath, [join(directory, 'node_modules', script), ...args], {
      cwd: directory,
      encoding: 'utf8',
      // A run in part may leave out what a planted bug would fail.
      env: { ...process.env, NO_COLOR: '1', QRT_TEST: 'thorough' },
      maxBuffer: 64 * 1024 * 1024,
    });

  return Object.freeze({
    withPlant<T>({ edits }: Plant, work: () => T): T {
      const before = new Map<string, string>();
      try {
        for (const edit of edits) {
          const path = join(directory, edit.file);
          const text = readFileSync(path, 'utf8');
          if (!before.has(path)) before.set(path, text);
          writeFileSync(path, applyEdit(text, edit));
        }
        return work();
      } finally {
        for (const [path, text] of before) writeFileSync(path, text);
      }
    },
    complaints(files: readonly string[]) {
      const info = join(directory, '.build/planted.tsbuildinfo');
      const types = run('typescript/bin/tsc', [
        '--noEmit',
        '--incremental',
        '--tsBuildInfoFile',
        info,
      ]);
      if (types.status !== 0) return types.stdout;
      // Layout is no matter of being caught: a bug is found by what it does.
      const options = ['--error-on-warnings', '--no-errors-on-unmatched'];
      const lint = run('@biomejs/biome/bin/biome', ['lint', ...options, ...files]);
      return lint.status === 0 ? '' : lint.stdout + lint.stderr;
    },
    runTests(file: string, names: readonly string[]): TestRun {
      const report = join(directory, '.build/planted.json');
      rmSync(report, { force: true });
      const pattern = names.map(escapePattern).join('|');
      const args = ['run', file, '-t', pattern, '--reporter=json', `--outputFile=${report}`];
      const ended = run('vitest/vitest.mjs', args);
      const output = ended.stdout + ended.stderr;
      if (!existsSync(report)) return { passed: 0, failed: [], output };
      const { numPassedTests: passed, testResults } = JSON.parse(
        readFileSync(report, 'utf8'),
      ) as Report;
      const results = testResults.flatMap(({ assertionResults }) => assertionResults);
      const failed = results.filter(({ status }) => status === 'failed');
      return { passed, failed: failed.map(({ fullName }) => fullName), output };
    },
  });
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
