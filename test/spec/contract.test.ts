// Contracts of strangers: what code for browsers and servers would look for, and does not find.

import { afterEach, describe, expect, it } from 'vitest';
import { VERBS } from './canary.ts';
import { closeTestVats, openTestVat } from './kit.ts';

/** Where such code keeps state, and how it reaches others. */
const NAMES = [
  ...['require', 'process', 'module', 'exports', 'global', 'Buffer', '__dirname', 'Deno', 'Bun'],
  ...['window', 'self', 'document', 'top', 'parent', 'frames', 'location', 'history', 'navigator'],
  ...['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore', 'crypto'],
  ...['fetch', 'XMLHttpRequest', 'WebSocket', 'WebTransport', 'EventSource', 'RTCPeerConnection'],
  ...['Request', 'Response', 'Headers', 'Image', 'Audio', 'importScripts', 'postMessage'],
  ...['Worker', 'SharedWorker', 'ServiceWorker', 'BroadcastChannel', 'MessageChannel'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'alert', 'console'],
];

/** Ways to the network, as such code would write them; `verb` and `url` are there. */
const REQUESTS = [
  'fetch(url, { method: verb })',
  'window.fetch(url, { method: verb })',
  '(() => { const request = new XMLHttpRequest(); request.open(verb, url, false); request.send(); })()',
  'navigator.sendBeacon(url, verb)',
  'new WebSocket(url)',
  'new EventSource(url)',
  'Object.assign(new Image(), { src: url })',
  'importScripts(url)',
  'require("http").request(url, { method: verb })',
  'process.binding("tcp_wrap")',
  'document.createElement("script").src = url',
];

const CALLS = 500;

describe('a contract', () => {
  afterEach(closeTestVats);

  it('X5 finds no require, no process, no window, no storage and no network by name', async () => {
    const vat = await openTestVat();
    const types = `${JSON.stringify(NAMES)}.map((name) => typeof globalThis[name])`;
    expect(await vat.value(types)).toEqual(NAMES.map(() => 'undefined'));
    const bare = `[${NAMES.map((name) => `typeof ${name}`).join(', ')}]`;
    expect(await vat.value(bare)).toEqual(NAMES.map(() => 'undefined'));
    const cookie = `[() => document.cookie, () => { document.cookie = 'a=1'; }, () => localStorage.setItem('a', 1),
      () => localStorage.a, () => { window.a = 1; }, () => indexedDB.open('a')]
      .map((use) => { try { use(); return 'used'; } catch (error) { return error.name; } })`;
    const found = (await vat.value(cookie)) as string[];
    expect(found.filter((name) => !['TypeError', 'ReferenceError'].includes(name))).toEqual([]);
  });

  it('X5 can read nothing of what another keeps', async () => {
    const code = `(args, { memory }) => {
      const places = [globalThis, Object.prototype, Array.prototype, Math, JSON, Q, (() => 1).__proto__, memory];
      memory.seen = places.map((place) => place.secret ?? place.window?.secret ?? 'nothing');
      for (const place of places) { try { place.secret = args.secret; } catch {} }
      try { secret = args.secret; } catch {}
      try { window.secret = args.secret; } catch {}
      memory.own = args.secret;
    }`;
    // The same code and another, each with what the other would look for.
    const other = code.replace('memory.own = args.secret', 'memory.own = String(args.secret)');
    const vat = await openTestVat({ objects: { one: code, twin: code, other } });
    await vat.send('one', { secret: 'of one' });
    for (const name of ['twin', 'other']) {
      await vat.send(name, { secret: `of ${name}` });
      const seen = Array(8).fill('nothing');
      expect(vat.memory(name)).toEqual({ seen, secret: `of ${name}`, own: `of ${name}` });
    }
    expect(vat.memory('one')).toMatchObject({ own: 'of one' });
  });

  it('X5 can use no verb of the network', async () => {
    const vat = await openTestVat();
    const uses = REQUESTS.map((request) => `(verb, url) => ${request}`).join(', ');
    const attempts = `${JSON.stringify(VERBS)}.flatMap((verb) => [${uses}].map((use) => {
      try { use(verb, 'http://127.0.0.1:9/'); return verb + ' was sent by ' + use; } catch (error) { return error.name; } }))`;
    const found = (await vat.value(attempts)) as string[];
    expect(found).toHaveLength(VERBS.length * REQUESTS.length);
    expect(found.filter((name) => !['TypeError', 'ReferenceError'].includes(name))).toEqual([]);
  });

  it('X5 that never ends is ended, and its next call runs', async () => {
    const code = `({ loop }, { memory }) => { while (loop); memory.calls = (memory.calls ?? 0) + 1; }`;
    const vat = await openTestVat({ objects: { stuck: code, other: code } });
    await vat.queue('stuck', { loop: true });
    await vat.queue('stuck', { loop: false });
    await vat.queue('other', { loop: false });
    await vat.run();
    expect([vat.memory('stuck'), vat.memory('other')]).toEqual([{ calls: 1 }, { calls: 1 }]);
    expect(await vat.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
    expect((await vat.log('failure')).join()).toContain('cpu');
  }, 120_000);

  it(`X5 takes ${CALLS} calls, each once`, async () => {
    const code =
      '({ n }, { memory }) => { memory.calls = (memory.calls ?? 0) + 1; memory.sum = (memory.sum ?? 0) + n; }';
    const vat = await openTestVat({ objects: { contract: code } });
    await vat.send('contract', { n: 0 });
    const beganMs = performance.now();
    for (let n = 1; n < CALLS; n += 1) await vat.queue('contract', { n });
    await vat.run();
    const seconds = (performance.now() - beganMs) / 1_000;
    expect(vat.memory('contract')).toEqual({ calls: CALLS, sum: (CALLS * (CALLS - 1)) / 2 });
    process.stdout.write(`X5: ${Math.round((CALLS - 1) / seconds)} calls a second\n`);
  });
});
