// How the operator's browser is opened: so that no other user of the machine learns the address.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDesktop, openBrowser } from '../../src/node/ui-browser.ts';
import { makeScratch } from './scratch.ts';

const URL_TEXT = 'http://127.0.0.1:1/?token=secret';

function setEnv(changes: Readonly<Record<string, string | undefined>>): void {
  const before = { ...process.env };
  onTestFinished(() => {
    process.env = before;
  });
  process.env = { ...before, ...changes };
}

/** A program in place of the desktop's, which notes its arguments and the file's mode. */
function fakeDesktop(dir: string): string {
  const noted = join(dir, 'noted');
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >'${noted}.part'\nstat -c %a "$1" >>'${noted}.part'\nmv '${noted}.part' '${noted}'\n`;
  for (const name of ['xdg-open', 'open']) {
    writeFileSync(join(dir, name), script);
    chmodSync(join(dir, name), 0o755);
  }
  setEnv({ PATH: `${dir}:${process.env['PATH']}` });
  return noted;
}

describe('browser', () => {
  it('is given a file that only its user can read, and no address on its command line', async () => {
    const dir = makeScratch();
    const noted = fakeDesktop(dir);
    const opened = openBrowser({ url: URL_TEXT, dir });
    for (let tries = 0; !existsSync(noted) && tries < 1_000; tries += 1) await delay(10);
    const [path = '', mode] = readFileSync(noted, 'utf8').split('\n');
    expect(path).toBe(join(dir, 'open-page.html'));
    expect(mode).toBe('600');
    expect(readFileSync(path, 'utf8')).toContain(URL_TEXT);
    opened.forget();
    expect(existsSync(path)).toBe(false);
    opened.forget();
  });

  it('that cannot be started is none: the file goes, and nothing fails', async () => {
    const dir = makeScratch();
    setEnv({ PATH: dir });
    openBrowser({ url: URL_TEXT, dir });
    const path = join(dir, 'open-page.html');
    for (let tries = 0; existsSync(path) && tries < 1_000; tries += 1) await delay(10);
    expect(existsSync(path)).toBe(false);
  });

  it('is wanted only where there is a desktop', () => {
    if (process.platform === 'darwin') return;
    setEnv({ DISPLAY: undefined, WAYLAND_DISPLAY: '' });
    expect(hasDesktop()).toBe(false);
    setEnv({ DISPLAY: ':0' });
    expect(hasDesktop()).toBe(true);
  });
});
