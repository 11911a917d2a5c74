// Shared shell: lets the `qrt` of a shell's line run in the process that tests share.
//
// There `qrt` is a function of the shell. It leaves its words in a folder and names that to us; what
// it reads back is the rest of its own text: what was written, and how it ended.

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runShared } from './one-process.ts';

/** A pipe below it has the name of each folder written to it. */
const FUNCTION = `qrt() {
  case " $* " in *' - '*) command qrt "$@"; return;; esac
  qrt_at=$(mktemp -d "$QRT_SHARED/XXXXXX") && mkfifo "$qrt_at/reply" || return 70
  printf '%s\\0' "$PWD" "$@" > "$qrt_at/words"
  printf '%s\\n' "$qrt_at" > "$QRT_SHARED/asked"
  . "$qrt_at/reply"
}
`;
const ALONE = 'command qrt "$@"\n';

export interface Line {
  readonly line: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly msMax: number;
}

/** How a line ended; `written` is what it wrote, to either stream. */
export interface Ended {
  readonly end: number | NodeJS.Signals | null;
  readonly written: string;
}

/** Runs a line in a shell; its `qrt` is found on the path of `env`. */
export async function runLine({ line, cwd, env, msMax }: Line): Promise<Ended> {
  const body = `{ ${line}\n} 2>&1`;
  const options: SpawnOptions = { cwd, timeout: msMax, stdio: ['ignore', 'pipe', 'inherit'] };
  if (!canShare(line)) return ended(spawn('sh', ['-c', body], { ...options, env }));
  const desk = openDesk();
  try {
    const shared = { ...options, env: { ...env, QRT_SHARED: desk.dir } };
    return await ended(spawn('sh', ['-c', FUNCTION + body], shared));
  } finally {
    desk.close();
  }
}

/** A process in the background has to be itself, and one with variables of its own sees others. */
function canShare(line: string): boolean {
  const hasBackground = line.replaceAll('&&', '').replaceAll('>&', '').includes('&');
  return !hasBackground && !/\w=\S* +qrt /.test(line);
}

function ended(child: ChildProcess): Promise<Ended> {
  let written = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    written += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ end: signal ?? code, written }));
  });
}

/** Where the functions of one line ask. */
function openDesk(): { readonly dir: string; close(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'qrt-shared-'));
  execFileSync('mkfifo', [join(dir, 'asked')]);
  // Also open for writing: else it would end with the first who writes.
  const fd = openSync(join(dir, 'asked'), constants.O_RDWR | constants.O_NONBLOCK);
  const asked = new Socket({ fd, readable: true, writable: false });
  let rest = '';
  asked.setEncoding('utf8').on('data', (text: string) => {
    const names = `${rest}${text}`.split('\n');
    rest = names.pop() ?? '';
    for (const name of names) void reply(name);
  });
  return {
    dir,
    close() {
      asked.destroy();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function reply(folder: string): Promise<void> {
  const [cwd = '', ...args] = readFileSync(join(folder, 'words'), 'utf8').split('\0').slice(0, -1);
  await writeFile(join(folder, 'reply'), await replyTo(args, cwd));
}

/** The text that the function goes on with. */
async function replyTo(args: readonly string[], cwd: string): Promise<string> {
  const shared = runShared(args, cwd);
  if (shared === undefined) return ALONE;
  const { code, written } = await shared;
  const lines = written.map(([to, text]) => `printf %s '${text.replaceAll("'", "'\\''")}' >&${to}`);
  return `${[...lines, `return ${code}`].join('\n')}\n`;
}
