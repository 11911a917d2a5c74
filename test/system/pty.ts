// Pty: a `qrt` command on a terminal, so that tests see what a person would.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));

export interface PtyInput {
  readonly cwd: string;
  /** What is typed after `qrt `, as a shell reads it. */
  readonly line: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the line on a terminal of its own; all that appeared there, escape sequences included. */
export function runOnTerminal({ cwd, line, env = {} }: PtyInput): Promise<string> {
  const { NO_COLOR: _, ...rest } = process.env;
  const command = `'${process.execPath}' '${QRT}' ${line}`;
  const child = spawn('script', ['--quiet', '--flush', '--return', '-c', command, '/dev/null'], {
    cwd,
    env: { ...rest, TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(shown.replaceAll('\r\n', '\n')));
  });
}
