// `qrt ui` as an operator sees it: real nodes, the real command, a real browser.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isPicked, isThorough } from '../thorough.ts';
import { findBrowser, openWindow, startBrowser, type WatchedPage } from './browser.ts';
import { eventually, makeWorld, type World } from './kit.ts';
import { type RunningUi, startUi } from './ui-kit.ts';

const BOARD = `function board({ entry, friend, fail }, { memory, log }) {
  if (fail) throw Error(fail);
  memory.entries ??= [];
  if (entry) memory.entries.push(entry);
  if (entry) log('wrote ' + entry);
  if (friend) memory.friend = friend;
  if (friend) friend.sendOnly({ hello: entry });
}`;

/** Keys, values, log lines and errors that would do something if anything parsed them. */
const HOSTILE = `function hostile({ fail }, { memory, log, make_object }) {
  const attacks = [
    '<script>window.hacked = 1</script>',
    '<img src=x onerror="window.hacked = 2">',
    '"><svg onload="window.hacked = 3">',
    'javascript:window.hacked=4',
    '\\u202eevil\\u2066\\u0000\\u001b[31m',
    '</style><style>*{display:none}',
  ];
  for (const text of attacks) memory[text] = { [text]: text };
  memory.__proto__x = attacks;
  memory.large = '<b>' + 'x'.repeat(1000000);
  for (const text of attacks) log(text);
  memory.child = make_object('function $script$(args, power) { "<img src=x onerror=window.hacked=5>" }', {});
  if (fail) throw Error(attacks.join(' '));
}`;

let world: World;

/** Waits until a value is as wished; a loaded machine takes its time. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 40_000 });

beforeAll(() => {
  world = makeWorld();
});
afterAll(() => world.end());

const program = findBrowser();

describe.skipIf(program === undefined || !(isThorough || isPicked(0, 2)))(
  'qrt ui in a browser',
  () => {
    let browser: Browser;
    const qrids: Record<string, string> = {};

    beforeAll(async () => {
      browser = await startBrowser(program!);
      await world.startNew('NODE1', 'NODE2');
      await world.ok(['gossip', 'NODE1', 'NODE2']);
      qrids['board'] = await world.install('NODE1', BOARD, ['--grant', 'log']);
      qrids['counter'] = await world.ok(['install', 'NODE1', 'counter']);
      qrids['far'] = await world.ok(['install', 'NODE2', 'counter']);
      await world.ok([
        ...['send', '-d', 'NODE1', qrids['board']!, '{"friend":null,"entry":"first"}'],
        ...['--ref', `friend=${qrids['counter']}`],
      ]);
      await eventually(async () => (await world.status('NODE1')).turns === 2);
    });
    afterAll(() => browser?.close());

    /** The page of a node, open in a window of its own. */
    async function open(dir: string): Promise<WatchedPage & { readonly ui: RunningUi }> {
      const ui = await startUi(world, dir);
      const opened = await openWindow(browser);
      onTestFinished(() => opened.page.context().close());
      await opened.page.goto(ui.url);
      await opened.page.waitForSelector('.node, qrt-graph .empty');
      return { ...opened, ui };
    }

    const select = (page: Page, id: string): Promise<void> =>
      page.locator(`.node[data-id="${id}"]`).click({ force: true });

    const memoryOf = (page: Page) => page.locator('qrt-object .tree').first();

    const send = (target: string, args: string, ...options: readonly string[]): Promise<string> =>
      world.ok(['send', '-d', 'NODE1', qrids[target]!, args, ...options]);

    it('shows objects and references; a click shows memory; a message shows without reload', async () => {
      const { page, complaints } = await open('NODE1');
      expect(new URL(page.url()).search).toBe('');
      await page.waitForSelector('.node[data-id="o1.0"]');
      await page.waitForSelector('.edge[data-from="o1.0"][data-to="o2.0"]', { state: 'attached' });
      await select(page, 'o1.0');
      await soon(() => memoryOf(page).innerText()).toContain('"first"');
      expect(await memoryOf(page).innerText()).toContain('counter o2.0');
      expect(await page.locator('qrt-object .code').innerText()).toContain('function board(');
      const turns = page.locator('.turns li');
      const before = await turns.count();

      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
      await send('board', '{"entry":"second"}');
      await soon(() => memoryOf(page).innerText()).toContain('"second"');
      await soon(() => turns.count()).toBe(before + 1);
      expect(await turns.first().innerText()).toMatch(/board o1\.0[\s\S]*operator[\s\S]*done/);
      await soon(() => page.locator('.log li').first().innerText()).toContain('wrote second');
      expect(await page.evaluate('isSamePage')).toBe(true);
      expect(complaints).toEqual([]);
    });

    it('shows a turn that failed in red, alone if wished, and stands still while paused', async () => {
      const { page, complaints } = await open('NODE1');
      await send('board', '{"fail":"asked to fail"}');
      const failed = page.locator('.turns li.failed');
      await soon(() => failed.first().innerText()).toContain('Error: asked to fail');
      const outcome = `document.querySelector('.turns li.failed .outcome')`;
      const colour = await page.evaluate(`getComputedStyle(${outcome}).color`);
      const [red = 0, green = 0, blue = 0] = (String(colour).match(/\d+/g) ?? []).map(Number);
      expect([red > 2 * green, red > 2 * blue]).toEqual([true, true]);
      await page.getByLabel('failures only').check();
      expect(await page.locator('.turns li.done').count()).toBe(0);
      await page.getByLabel('failures only').uncheck();
      expect(await page.locator('.turns li.done').count()).toBeGreaterThan(0);

      await page.getByRole('button', { name: 'Pause' }).click();
      const before = await page.locator('.turns li').count();
      await send('counter', '{}');
      await soon(() => page.locator('qrt-turns .note').innerText()).toContain('1 new turn');
      expect(await page.locator('.turns li').count()).toBe(before);
      await page.getByRole('button', { name: 'Go on' }).click();
      await soon(() => page.locator('.turns li').count()).toBe(before + 1);
      expect(complaints).toEqual([]);
    });

    it('shows a peer with its lanes, its object as an outer node, and what waits for it', async () => {
      const { page, complaints } = await open('NODE1');
      await send('board', '{"friend":null,"entry":"far"}', '--ref', `friend=${qrids['far']}`);
      await page.waitForSelector('.node.import');
      const links = page.locator('.links');
      await soon(() => links.innerText()).toMatch(/ok[\s\S]*sent\s+2 \+ 0/);
      await world.kill('NODE2');
      await send('board', '{"friend":null,"entry":"far"}', '--ref', `friend=${qrids['far']}`);
      await soon(() => links.innerText()).toMatch(/1 row, /);
      await soon(() => links.innerText()).toMatch(/error/);
      await world.ok(['start', 'NODE2']);
      await soon(() => links.innerText()).toMatch(/outbox\s+empty/);
      expect(complaints).toEqual([]);
    });

    it('runs nothing of what objects write, and hides none of it', async () => {
      const qrid = await world.install('NODE1', HOSTILE, ['--grant', 'log']);
      qrids['hostile'] = qrid;
      const { page, complaints } = await open('NODE1');
      await send('hostile', '{}');
      await send('hostile', '{"fail":true}');
      await page.locator('.turns li.failed', { hasText: '<script>' }).first().waitFor();
      const objects = (await world.dump('NODE1', 'objects')) as {
        id: string;
        installation: string;
      }[];
      const id = objects.findLast(({ installation }) => installation.includes('code-2'))!.id;
      const parent = objects.find(({ installation }) => installation.includes('code-2'))!.id;
      await page.waitForSelector(`.node[data-id="${id}"]`);
      await select(page, parent);
      await soon(() => memoryOf(page).innerText()).toContain('<img src=x onerror=');
      for (let n = 0; n < 5; n += 1) {
        const closed = memoryOf(page).locator('details:not([open]) > summary');
        if ((await closed.count()) === 0) break;
        await closed.first().click();
      }
      const text = await memoryOf(page).innerText();
      expect(text).toContain('show more (999,70');
      expect(text).toContain('\\u202eevil\\u2066\\u0000\\u001b[31m');
      await memoryOf(page)
        .getByText(/show more/)
        .click();
      await soon(() => memoryOf(page).innerText()).toContain('show more (979,70');
      await soon(() => page.locator('.log').innerText()).toContain('<script>window.hacked');
      expect(await page.locator('main script, main img, main style, main iframe').count()).toBe(0);
      expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
      expect(await page.locator('qrt-header').isVisible()).toBe(true);

      // A whole QRID that somebody sent as text is memory like any other, and shown without its secret.
      await send('board', JSON.stringify({ entry: qrids['counter'] }));
      await select(page, 'o1.0');
      await soon(() => memoryOf(page).innerText()).toMatch(/"qrt:[\w-]{43}\.…@http/);
      const html = await page.content();
      for (const secret of Object.values(qrids)) {
        expect(html).not.toContain(/\.([^@]+)@/.exec(secret)?.[1]);
      }
      expect(complaints).toEqual([]);
    });

    it('goes on over a stop and a start of the node, and says when the command has ended', async () => {
      await world.startNew('NODE3');
      qrids['third'] = await world.ok(['install', 'NODE3', 'counter']);
      const { page, complaints, ui } = await open('NODE3');
      await page.waitForSelector('.node[data-id="o1.0"]');
      await world.ok(['stop', 'NODE3']);
      await soon(() => page.locator('.badge').first().innerText()).toBe('stopped');
      expect(await page.locator('.notice').innerText()).toContain('qrt start');
      expect(await page.locator('.node').count()).toBe(1);
      await world.ok(['start', 'NODE3']);
      await soon(() => page.locator('.badge').first().innerText()).toBe('running');
      await world.ok(['send', '-d', 'NODE3', qrids['third'], '{"add":5}']);
      await page.locator('.turns li', { hasText: 'counter o1.0' }).waitFor();
      ui.child.kill('SIGINT');
      await soon(() => page.locator('.notice').innerText()).toContain('no longer kept up to date');
      expect(await ui.ended).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('says what to do where there is nothing yet, and can be used without a mouse', async () => {
      await world.startNew('EMPTY');
      const { page, complaints } = await open('EMPTY');
      await soon(() => page.locator('qrt-graph').innerText()).toContain('qrt install');
      await soon(() => page.locator('qrt-turns').innerText()).toContain('qrt send -d');
      const qrid = await world.ok(['install', 'EMPTY', 'counter']);
      await world.ok(['install', 'EMPTY', 'counter']);
      await page.waitForSelector('.node[data-id="o2.0"]');
      const first = page.locator('.node[data-id="o1.0"]');
      await first.focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await soon(() => page.locator('qrt-object h2').innerText()).toBe('counter o2.0');
      await page.getByLabel('Find an object').fill('o1.0');
      await page.keyboard.press('Enter');
      await soon(() => page.locator('qrt-object h2').innerText()).toBe('counter o1.0');
      await page.reload();
      await soon(() => page.locator('qrt-object h2').innerText()).toBe('counter o1.0');
      await page.setViewportSize({ width: 400, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      expect(qrid).toMatch(/^qrt:/);
      expect(complaints).toEqual([]);
    });

    it('a window without the cookie sees nothing', async () => {
      const { page } = await open('NODE1');
      const other = await openWindow(browser);
      onTestFinished(() => other.page.context().close());
      const reply = await other.page.goto(page.url());
      expect(reply?.status()).toBe(403);
      expect(await other.page.content()).toContain('qrt ui');
      expect(statSync(join(world.path('NODE1'), 'vat.db')).mode & 0o777).toBe(0o600);
    });
  },
);
