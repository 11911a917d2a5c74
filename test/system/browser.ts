// Browser: a real one for tests of the page, where the machine has it.
//
// Without one those tests are skipped, loudly; with QRT_TEST_BROWSER=required they fail instead,
// which is how the continuous build makes sure that they are run.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program; undefined when there is none and none is required. */
export function findBrowser(): string | undefined {
  const { CHROMIUM: named, QRT_TEST_BROWSER: wish } = process.env;
  const found = named ?? PLACES.find((path) => existsSync(path));
  if (found === undefined && wish === 'required') {
    throw new Error('QRT_TEST_BROWSER=required, and no Chromium: `apt-get install chromium`.');
  }
  if (found === undefined) {
    process.stderr.write(
      '\n*** No Chromium was found: THE TESTS OF `qrt ui` IN A BROWSER ARE SKIPPED. Install it ' +
        '(`apt-get install chromium`) or name it in CHROMIUM. ***\n\n',
    );
  }
  return found;
}

/** Starts a browser without a window. */
export function startBrowser(executablePath: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  // Chromium's own sandbox does not start as root; what it opens here is this project's page.
  return chromium.launch({ executablePath, args: isRoot ? ['--no-sandbox'] : [] });
}

/** A page, and everything that its console complained of. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** A new window with cookies of its own. */
export async function openWindow(browser: Browser): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, complaints };
}
