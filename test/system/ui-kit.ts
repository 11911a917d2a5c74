// Kit: the command `qrt ui`, running.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually, type World } from './kit.ts';

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));

export interface RunningUi {
  readonly url: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly stderr: () => string;
}

/** Runs the command until it has printed its address; it ends with the test. */
export async function startUi(world: World, dir: string): Promise<RunningUi> {
  const child = spawn(process.execPath, [QRT, 'ui', world.path(dir), '--json']);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  await eventually(() => stdout.includes('\n') || child.exitCode !== null);
  const { url } = JSON.parse(stdout || `{"url":${JSON.stringify(stderr)}}`) as { url: string };
  return { url, child, ended, stderr: () => stderr };
}
