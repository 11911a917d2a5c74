// Browser: opens the operator's own, where there is one to be seen.
//
// The address is a secret for as long as it was not used, and every user of a machine can read the
// command lines of all processes. So the browser is given a file that only its user can read.

import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface OpenedBrowser {
  /** Takes the file away: the browser is in, or will never be. */
  forget(): void;
}

/** Where a desktop can be expected to open something. */
export function hasDesktop(): boolean {
  if (process.platform === 'darwin') return true;
  return ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (process.env[name] ?? '') !== '');
}

/** Opens an address; a browser that cannot be started is none: the address was printed. */
export function openBrowser({ url, dir }: { url: string; dir: string }): OpenedBrowser {
  const path = join(dir, 'open-page.html');
  const forget = (): void => rmSync(path, { force: true });
  forget();
  const refresh = `<meta http-equiv="refresh" content="0; url=${url}">`;
  writeFileSync(path, `<!doctype html><title>qrt</title>${refresh}\n`, { mode: 0o600, flag: 'wx' });
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [path], { detached: true, stdio: 'ignore' });
  child.on('error', forget);
  child.unref();
  return Object.freeze({ forget });
}
