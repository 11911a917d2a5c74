// Copy: the checkout in a directory of its own, in which bugs are planted and tests run.

import { execFileSync } from 'node:child_process';
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
import type { Compiler, Texts } from './compiler.ts';
import { applyEdit, type Plant } from './plant.ts';
import { runTool } from './tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a run of tests came to. */
interface TestRun {
  readonly passed: readonly Tested[];
  readonly failed: readonly Tested[];
  /** What the tool printed, for a run that came to nothing. */
  readonly output: string;
}

interface Tested {
  /** Its path in the tree. */
  readonly file: string;
  /** With the names of its groups. */
  readonly name: string;
}

export interface Copy {
  readonly directory: string;
  /** Runs `work` while the bug is in the tree; gives it the files that have it. */
  withPlant<T>(plant: Plant, work: (texts: Texts) => Promise<T>): Promise<T>;
  /** What the linter says against files; empty when nothing. */
  lint(files: readonly string[]): Promise<string>;
  /** Runs the tests of files whose names hold one of `names`, or until `failures` have failed. */
  runTests(files: readonly string[], names: readonly string[], failures?: number): Promise<TestRun>;
  /** Runs `work` while a build finds these files compiled. */
  withCompiled<T>(texts: Texts, compiler: Compiler, work: () => Promise<T>): Promise<T>;
}

/** A copy of all files of the checkout that git knows or would add, and of what they are built to. */
export function makeCopy(directory: string): Copy {
  const at = (file: string): string => join(directory, file);
  copyTree(directory);
  // Beside it: what a test that is ended leaves behind goes with the copy.
  const temporary = `${directory}-tmp`;
  mkdirSync(temporary);
  const env = {
    NO_COLOR: '1',
    TMPDIR: temporary,
    // A run in part may leave out what a planted bug would fail.
    QRT_TEST: 'thorough',
    QRT_BUILD_COMPILED: 'true',
    // A bug is noticed at the first try.
    CI: '',
  };

  return Object.freeze({
    directory,
    withPlant<T>({ edits }: Plant, work: (texts: Texts) => Promise<T>) {
      const texts = new Map<string, string>();
      for (const edit of edits) {
        const text = texts.get(edit.file) ?? readFileSync(at(edit.file), 'utf8');
        texts.set(edit.file, applyEdit(text, edit));
      }
      return withTexts(directory, texts, () => work(texts));
    },
    async lint(files: readonly string[]) {
      // Layout is no matter of being caught: a bug is found by what it does.
      const options = ['--error-on-warnings', '--no-errors-on-unmatched'];
      const args = ['lint', ...options, ...files];
      const { status, output } = await runTool(directory, '@biomejs/biome/bin/biome', args, env);
      return status === 0 ? '' : output;
    },
    async runTests(files: readonly string[], names: readonly string[], failures = 0) {
      const report = at('.build/planted.json');
      rmSync(report, { force: true });
      const pattern = names.map(escapePattern).join('|');
      const options = [`--bail=${failures}`, '--reporter=json', `--outputFile=${report}`];
      const args = ['run', ...files, '-t', pattern, ...options];
      const { output } = await runTool(directory, 'vitest/vitest.mjs', args, env);
      if (!existsSync(report)) return { passed: [], failed: [], output };
      const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
      const results = testResults.flatMap(({ name: path, assertionResults }) =>
        assertionResults.map(({ fullName, status }) => ({
          file: path.slice(path.indexOf(`${directory}/`) + directory.length + 1),
          name: fullName,
          status,
        })),
      );
      const those = (status: string) => results.filter((result) => result.status === status);
      return { passed: those('passed'), failed: those('failed'), output };
    },
    withCompiled<T>(texts: Texts, compiler: Compiler, work: () => Promise<T>) {
      const drafts = new Map<string, string>();
      for (const [file, text] of texts) {
        if (!/^src\/(?!page\/).*\.ts$/.test(file)) continue;
        const draft = file.replace(/^src\/(.*)\.ts$/, '.build/dist/$1.js');
        drafts.set(draft, compiler.compile(text));
      }
      return withTexts(directory, drafts, work);
    },
  });
}

function copyTree(directory: string): void {
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
  // `npm run planted` has built the checkout just now.
  for (const draft of ['dist', '.build/dist']) {
    cpSync(join(ROOT, 'dist'), join(directory, draft), { recursive: true });
  }
  cpSync(join(ROOT, '.build/stamp.json'), join(directory, '.build/stamp.json'));
}

/** Runs `work` while files have other texts. */
async function withTexts<T>(directory: string, texts: Texts, work: () => Promise<T>): Promise<T> {
  const before = new Map<string, string>();
  for (const file of texts.keys()) before.set(file, readFileSync(join(directory, file), 'utf8'));
  const writeAll = (all: Texts): void => {
    for (const [file, text] of all) writeFileSync(join(directory, file), text);
  };
  try {
    writeAll(texts);
    return await work();
  } finally {
    writeAll(before);
  }
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
