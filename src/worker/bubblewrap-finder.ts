// Bubblewrap finder: bubblewrap of this machine and all that its command needs, or what is missing.

import { execFile } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import type { BubblewrapTools } from './level-bubblewrap.ts';
import { findNodeFiles } from './node-files.ts';
import { isProcessor, makeFilter } from './seccomp.ts';
import { findProgram, isExecutable } from './tools.ts';

const ASK_MS_MAX = 5_000;

/** Why there is none, in words for people, if there is none. */
export async function findBubblewrap(): Promise<BubblewrapTools | { readonly reason: string }> {
  if (process.platform !== 'linux') return { reason: 'bubblewrap exists for Linux only' };
  const bubblewrap = bubblewrapPath();
  if (bubblewrap === undefined) return { reason: 'bubblewrap is not installed' };
  const [help, files] = await Promise.all([readHelp(bubblewrap), findNodeFiles()]);
  return {
    bubblewrap,
    node: realpathSync(process.execPath),
    libraries: files.libraries,
    ...(files.path !== undefined && { librariesPath: files.path }),
    canDisableUsers: help.includes('--disable-userns') && !runsAsRoot(bubblewrap),
    ...(isProcessor(process.arch) && { filter: makeFilter(process.arch) }),
  };
}

/** The bubblewrap that QRT_BWRAP names, or the one in the path. */
export function bubblewrapPath(): string | undefined {
  const named = process.env['QRT_BWRAP'];
  if (named === undefined) return findProgram('bwrap');
  // Workers are started in another directory.
  const path = resolvePath(named);
  return isExecutable(path) && statSync(path).isFile() ? path : undefined;
}

/** Whether its file gives it the rights of root: such a one does not do what the option says. */
function runsAsRoot(path: string): boolean {
  const { mode, uid } = statSync(path);
  return (mode & SET_USER) !== 0 && uid !== process.geteuid?.();
}

const SET_USER = 0o4000;

/** Empty when it cannot be run: then the trial of the whole command says more. */
function readHelp(bubblewrap: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(bubblewrap, ['--help'], { env: {}, timeout: ASK_MS_MAX }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}
