// Recording: what a process did to its files and said to others, in order, as recorder.c wrote it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One call that took effect. Files and directories are named by inode. */
export type Entry =
  | {
      readonly kind: 'write';
      readonly inode: bigint;
      readonly offset: number;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'truncate'; readonly inode: bigint; readonly length: number }
  | { readonly kind: 'sync'; readonly inode: bigint }
  | {
      readonly kind: 'create';
      readonly inDir: bigint;
      readonly inode: bigint;
      readonly name: string;
    }
  | {
      readonly kind: 'mkdir';
      readonly inDir: bigint;
      readonly inode: bigint;
      readonly name: string;
    }
  | { readonly kind: 'remove'; readonly inDir: bigint; readonly name: string }
  | {
      readonly kind: 'rename';
      readonly inDir: bigint;
      readonly name: string;
      readonly toDir: bigint;
      readonly toName: string;
    }
  /** The head of SQLite's index of its log, which lies in mapped memory. */
  | { readonly kind: 'index'; readonly inode: bigint; readonly bytes: Buffer }
  /** Bytes that left through a socket. */
  | { readonly kind: 'said'; readonly bytes: Buffer };

const RECORDER = fileURLToPath(new URL('./recorder.c', import.meta.url));
const HEAD_BYTES = 33;

/** Compiles the recorder; undefined where there is no C compiler. */
export function compileRecorder(path: string): string | undefined {
  const flags = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', path, RECORDER];
  try {
    execFileSync('gcc', [...flags, '-ldl', '-lpthread'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return path;
}

/** The environment in which a program is recorded. */
export const recordedEnv = (input: { recorder: string; root: string; file: string }) => ({
  LD_PRELOAD: input.recorder,
  QRT_RECORD_ROOT: input.root,
  QRT_RECORD_FILE: input.file,
});

/** Reads a recording. Throws when the process did something that the recorder cannot follow. */
export function readRecording(file: string): readonly Entry[] {
  const all = readFileSync(file);
  const entries: Entry[] = [];
  for (let at = 0; at < all.length; ) {
    const oneLength = all.readUInt32LE(at + 25);
    const twoLength = all.readUInt32LE(at + 29);
    const middle = at + HEAD_BYTES + oneLength;
    const end = middle + twoLength;
    entries.push(
      parse({
        kind: String.fromCharCode(all[at]!),
        inode: all.readBigUInt64LE(at + 1),
        other: all.readBigUInt64LE(at + 9),
        offset: Number(all.readBigInt64LE(at + 17)),
        one: all.subarray(at + HEAD_BYTES, middle),
        two: all.subarray(middle, end),
      }),
    );
    at = end;
  }
  return entries;
}

interface Raw {
  readonly kind: string;
  readonly inode: bigint;
  readonly other: bigint;
  readonly offset: number;
  readonly one: Buffer;
  readonly two: Buffer;
}

function parse({ kind, inode, other, offset, one, two }: Raw): Entry {
  switch (kind) {
    case 'w':
      return { kind: 'write', inode, offset, bytes: one };
    case 't':
      return { kind: 'truncate', inode, length: offset };
    case 's':
      return { kind: 'sync', inode };
    case 'c':
      return { kind: 'create', inDir: inode, inode: other, name: one.toString() };
    case 'm':
      return { kind: 'mkdir', inDir: inode, inode: other, name: one.toString() };
    case 'u':
      return { kind: 'remove', inDir: inode, name: one.toString() };
    case 'r': {
      const [name, toName] = [one.toString(), two.toString()];
      return { kind: 'rename', inDir: inode, name, toDir: other, toName };
    }
    case 'i':
      return { kind: 'index', inode, bytes: one };
    case 'n':
      return { kind: 'said', bytes: one };
    default:
      throw new Error(`the process used ${one.toString()} on a file, which nobody can follow here`);
  }
}
