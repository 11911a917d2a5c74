// Who waits for whom, as `qrt ui` shows it in a real browser.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isPicked, isThorough } from '../thorough.ts';
import { findBrowser, openWindow, startBrowser, type WatchedPage } from './browser.ts';
import { makeWorld, type World } from './kit.ts';
import { startUi } from './ui-kit.ts';

const CLERK = readFileSync(join(import.meta.dirname, '../../docs/samples/clerk.js'), 'utf8');

/** A name that would do something if anything parsed it. */
const HOSTILE = '<img src=x onerror="window.hacked=1">.js';

/** Waits until a value is as wished; a loaded machine takes its time. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 40_000 });

const program = findBrowser();

describe.skipIf(program === undefined || !(isThorough || isPicked(1, 2)))(
  'promises in a browser',
  () => {
    let world: World;
    let browser: Browser;
    beforeAll(async () => {
      world = makeWorld();
      browser = await startBrowser(program!);
      await world.startNew('NODE1');
    });
    afterAll(async () => {
      await browser?.close();
      await world.end();
    });

    async function open(): Promise<WatchedPage> {
      const ui = await startUi(world, 'NODE1');
      const opened = await openWindow(browser);
      onTestFinished(() => opened.page.context().close());
      await opened.page.goto(ui.url);
      await opened.page.waitForSelector('.node, qrt-graph .empty');
      return opened;
    }

    it('Q8 shows pending promises and arrows of waiting, live', async () => {
      writeFileSync(world.path(HOSTILE), CLERK);
      const clerk = await world.ok(['install', 'NODE1', world.path(HOSTILE)]);
      const counter = await world.ok(['install', 'NODE1', 'counter']);
      const { page, complaints } = await open();
      const panel = page.locator('qrt-promises');
      await page.waitForSelector('.node[data-id="o2.0"]');
      expect(await panel.isVisible()).toBe(false);

      const send = (way: string): Promise<string> =>
        world.ok([
          ...['send', '-d', 'NODE1', clerk, `{"way":"${way}","to":null}`],
          ...['--ref', `to=${counter}`],
        ]);
      await send('later');
      await soon(() => panel.locator('h2').isVisible()).toBe(true);
      const later = panel.locator('[data-promise="p3.0"]');
      await soon(() => later.innerText()).toMatch(
        /its resolver, held by memory m1\.1 of clerk o1\.0/,
      );
      expect(await later.innerText()).toContain('a continuation to counter o2.0');
      expect(await later.locator('.badge').count()).toBe(0);
      await page.waitForSelector('.wait[data-from="o2.0"][data-to="o1.0"]', { state: 'attached' });

      await send('ring');
      await soon(() => panel.innerText()).toContain('3 pending, 2 stuck');
      expect(await panel.locator('.cycle').innerText()).toMatch(
        /cycle 1[\s\S]*p4\.0 follows p4\.1/,
      );
      expect(await panel.locator('[data-promise="p4.0"] .badge').innerText()).toBe('stuck');
      await later.locator('.link', { hasText: 'counter o2.0' }).click();
      await soon(() => page.locator('qrt-object h2').innerText()).toBe('counter o2.0');

      await page.locator('.node.promise[data-id="s3.0"]').click({ force: true });
      const object = page.locator('qrt-object');
      await soon(() => object.innerText()).toMatch(
        /s3\.0 is the resolver of p3\.0, which is pending/,
      );
      await page.locator('.node.promise[data-id="p4.0"]').click({ force: true });
      await soon(() => object.innerText()).toMatch(/p4\.0 is a promise, which is stuck/);

      expect(await panel.innerText()).toContain(HOSTILE);
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
      expect(complaints).toEqual([]);
    });

    it('Q8 has no place for promises where none is pending, on a narrow screen too', async () => {
      await world.startNew('NODE2');
      const qrid = await world.ok(['install', 'NODE2', 'counter']);
      await world.ok(['send', '-d', 'NODE2', qrid, '{}']);
      const ui = await startUi(world, 'NODE2');
      const { page, complaints } = await openWindow(browser);
      onTestFinished(() => page.context().close());
      await page.goto(ui.url);
      await page.locator('.turns li').first().waitFor();
      await page.setViewportSize({ width: 400, height: 800 });
      expect(await page.locator('qrt-promises').isVisible()).toBe(false);
      expect(complaints).toEqual([]);
    });
  },
);
