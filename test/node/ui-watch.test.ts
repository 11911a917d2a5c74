// What the page is told of a node that does not run: all that its disk tells.

import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeVatId, parseQrid, type Qrid } from '../../src/core/ids.ts';
import type { PageEvents } from '../../src/core/page-data.ts';
import { UI_EDGES_MAX, UI_WAITING_SHOWN } from '../../src/core/page-limits.ts';
import type { ControlRequest, InstallReply, SendReply } from '../../src/kernel/ports.ts';
import { askNode } from '../../src/node/ask.ts';
import { type BaseDir, openBaseDir } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import { type Feed, makeCursor, makeFeed } from '../../src/node/ui-feed.ts';
import { readGraph, readObject } from '../../src/node/ui-snapshot.ts';
import { type Watch, watchNode } from '../../src/node/ui-watch.ts';
import { openPageReader, type PageReader } from '../../src/store/page-reader.ts';
import { openByHand } from '../sim/hand.ts';
import { codeOf, makeScratch } from './scratch.ts';

const CODE = 'function greeter(args, power) {}';
const DEFAULTS = { host: '127.0.0.1', port: undefined, urls: undefined };
let base: BaseDir;
let ids = 0;

beforeEach(async () => {
  const dir = `${makeScratch()}/NODE1`;
  await createNode({ ...DEFAULTS, dir });
  base = openBaseDir(dir);
});

const nextId = (): string => {
  ids += 1;
  return `request-${ids}`;
};

const ask = async <T>(request: ControlRequest): Promise<T> =>
  (await askNode<T>(base, request)).value;

/** Installs without a worker: the code is ours. */
async function install(
  power: { body: string; slots: readonly Qrid[] },
  text = CODE,
): Promise<Qrid> {
  const code = { text, hash: createHash('sha256').update(text).digest('hex') };
  const head = { type: 'install', id: nextId(), name: '/guests/greeter.js' } as const;
  const { qrid } = await ask<InstallReply>({ ...head, code, grants: ['log'], power });
  return parseQrid(qrid);
}

const NONE = { body: '{}', slots: [] };

const send = (target: Qrid, body: string, slots: readonly Qrid[] = []): Promise<SendReply> =>
  ask({ type: 'send', id: nextId(), target, args: { body, slots }, wait: false });

function openReader(): PageReader {
  const reader = openPageReader(base.database);
  onTestFinished(() => reader.close());
  return reader;
}

/** Watches until the test is over. */
function watch(feed: Feed): Watch {
  const watched = watchNode({ base, feed, isWanted: () => true });
  onTestFinished(() => watched.close());
  return watched;
}

/** The last event of a name that the feed has to tell. */
async function told<Name extends keyof PageEvents>(
  feed: Feed,
  name: Name,
  isIt: (value: PageEvents[Name]) => boolean = () => true,
): Promise<PageEvents[Name]> {
  for (let tries = 0; tries < 500; tries += 1) {
    const data = new RegExp(`event: ${name}\ndata: (.*)`).exec(feed.take(makeCursor()))?.[1];
    const value = data === undefined ? undefined : (JSON.parse(data) as PageEvents[Name]);
    if (value !== undefined && isIt(value)) return value;
    await delay(10);
  }
  throw new Error(`nothing was told of ${name}`);
}

describe('page of a stopped node', () => {
  it('tells queues, objects and who refers to whom from the disk', async () => {
    const greeter = await install(NONE);
    await install({ body: '{"friend":{"$":0},"self":{"$":0}}', slots: [greeter] });
    await send(greeter, '{"n":1}');
    const feed = makeFeed();
    watch(feed);
    const status = await told(feed, 'status');
    expect(status).toMatchObject({ isRunning: false, objects: 2, inbox: { rows: 1 }, links: [] });
    expect(status).not.toHaveProperty('worker');
    expect(await told(feed, 'graph')).toMatchObject({
      objects: [
        { id: 'o1.0', name: 'greeter', owner: 1, installation: '/guests/greeter.js' },
        { id: 'o2.0', name: 'greeter', owner: 2 },
      ],
      edges: [{ from: 'o2.0', to: 'o1.0', via: 'power' }],
      objectsTotal: 2,
    });
  });

  it('tells what is committed by somebody else while it is looked at', async () => {
    const greeter = await install(NONE);
    const feed = makeFeed();
    const watched = watch(feed);
    await told(feed, 'status', ({ inbox }) => inbox.rows === 0);
    const before = await told(feed, 'changed');
    await send(greeter, '{"n":1}');
    await told(feed, 'status', ({ inbox }) => inbox.rows === 1);
    await told(feed, 'changed', ({ version }) => version > before.version);
    expect(watched.object('o1.0')?.waiting.rows).toBe(1);
  });

  it('ends when the directory is taken away, and when another node is put there', async () => {
    const gone = watch(makeFeed());
    rmSync(base.dir, { recursive: true });
    expect(await codeOf(() => gone.ended)).toBe('QRT_NODE_MISSING');
    await createNode({ ...DEFAULTS, dir: base.dir });
    const replaced = watch(makeFeed());
    const config = JSON.stringify({ vat: makeVatId(new Uint8Array(32).fill(7)) });
    writeFileSync(base.config, config);
    expect(await codeOf(() => replaced.ended)).toBe('QRT_NODE_MISSING');
  });
});

describe('watch that has ended', () => {
  it('still reads objects until it is closed', async () => {
    await install(NONE);
    const replaced = watch(makeFeed());
    const config = JSON.stringify({ vat: makeVatId(new Uint8Array(32).fill(7)) });
    writeFileSync(base.config, config);
    expect(await codeOf(() => replaced.ended)).toBe('QRT_NODE_MISSING');
    expect(replaced.object('o1.0')?.name).toBe('greeter');
    await replaced.close();
  });

  it('says that the node is gone to who asks for an object before it is seen', async () => {
    await install(NONE);
    const gone = watch(makeFeed());
    rmSync(base.dir, { recursive: true });
    expect(await codeOf(() => gone.object('o1.0'))).toBe('QRT_NODE_MISSING');
    expect(await codeOf(() => gone.ended)).toBe('QRT_NODE_MISSING');
  });
});

describe('snapshot of an object', () => {
  it('has code, power, memory with references, and the first messages that wait', async () => {
    const greeter = await install({ body: '{"depth":3}', slots: [] });
    const waiting = UI_WAITING_SHOWN + 3;
    for (let n = 0; n < waiting; n += 1) await send(greeter, '{"to":{"$":0}}', [greeter]);
    const object = readObject(openReader(), 'o1.0');
    expect(object).toMatchObject({
      id: 'o1.0',
      name: 'greeter',
      code: { text: CODE },
      natives: { make_object: 'make_object', log: 'log' },
      power: { value: { depth: 3 }, slots: [] },
      memory: { id: 'm1.1', value: {}, slots: [], sharedWith: [] },
      waiting: { rows: waiting },
    });
    expect(object?.waiting.first).toHaveLength(UI_WAITING_SHOWN);
    const args = { value: { to: { $: 0 } }, slots: ['o1.0'] };
    expect(object?.waiting.first[0]).toMatchObject({ seq: 1, share: 'operator', args });
    expect(object?.waiting.first[0]).not.toHaveProperty('peer');
  });

  it('says which peer sent a message that waits', async () => {
    await send(await install(NONE), '{}');
    const db = openByHand(base.database);
    const vat = makeVatId(new Uint8Array(32).fill(3));
    const columns = db.pragma('table_info(link)') as {
      name: string;
      type: string;
      notnull: number;
    }[];
    const values = columns.map(({ name, type, notnull }) => {
      if (name === 'vat') return vat;
      if (name === 'state') return 'ok';
      if (notnull === 0) return null;
      return type === 'BLOB' ? Buffer.alloc(32) : type === 'TEXT' ? '' : 1;
    });
    db.prepare(`INSERT INTO link VALUES (${values.map(() => '?').join(', ')})`).run(...values);
    db.prepare('UPDATE inbox SET origin_link = 1, origin_number = 5').run();
    db.close();
    const reader = openReader();
    expect(readObject(reader, 'o1.0')?.waiting.first[0]).toMatchObject({ peer: vat });
    expect(reader.links(10)).toMatchObject([
      { vat, state: 'ok', rows: 0, bytes: 0, oldestMs: null },
    ]);
  });

  it('says what is wrong with a value that no sound worker wrote, and shows the rest', async () => {
    await install(NONE);
    const db = openByHand(base.database);
    for (const body of ['{"$":0}', 'no json', `${'['.repeat(200_000)}${']'.repeat(200_000)}`]) {
      db.prepare('UPDATE memory SET body = ?').run(body);
      const object = readObject(openReader(), 'o1.0');
      expect(object?.memory?.problem).toContain('malformed');
      expect(object?.memory).not.toHaveProperty('value');
      expect(object?.code.text).toBe(CODE);
    }
    db.close();
  });

  it('tells who else holds the same memory, and gives each holder its references', async () => {
    await install(NONE);
    await install(NONE);
    const db = openByHand(base.database);
    db.prepare(`UPDATE object SET memory = 'm1.1'`).run();
    db.prepare(
      `UPDATE memory SET body = '{"a":{"$":0}}', slots = '["o2.0"]' WHERE id = 'm1.1'`,
    ).run();
    db.close();
    const reader = openReader();
    expect(readObject(reader, 'o1.0')?.memory).toMatchObject({ sharedWith: ['o2.0'] });
    expect(readGraph(reader).edges).toEqual([
      { from: 'o1.0', to: 'o2.0', via: 'memory' },
      { from: 'o2.0', to: 'o2.0', via: 'memory' },
    ]);
  });

  it('reads no references beyond those that it tells of', async () => {
    for (const name of ['first', 'second']) await install(NONE, `function ${name}() {}`);
    const db = openByHand(base.database);
    const slots = JSON.stringify(Array.from({ length: UI_EDGES_MAX }, (_, n) => `o1.${n}`));
    db.prepare(`UPDATE memory SET slots = ? WHERE id = 'm1.1'`).run(slots);
    // What is read all the same fails.
    db.prepare(`UPDATE memory SET slots = 'unread' WHERE id = 'm2.1'`).run();
    db.prepare(`UPDATE object SET slots = 'unread' WHERE id = 'o2.0'`).run();
    db.close();
    const { objects, edges } = readGraph(openReader());
    expect(objects).toHaveLength(2);
    expect(edges).toHaveLength(UI_EDGES_MAX);
    expect(edges.at(-1)).toEqual({ from: 'o1.0', to: `o1.${UI_EDGES_MAX - 1}`, via: 'memory' });
  });

  it('is none for what does not exist or was deleted', async () => {
    await install(NONE);
    const db = openByHand(base.database);
    db.prepare("UPDATE object SET state = 'deleted' WHERE id = 'o1.0'").run();
    db.close();
    const reader = openReader();
    expect([readObject(reader, 'o1.0'), readObject(reader, 'o9.0')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(readGraph(reader).objects).toEqual([]);
  });

  it('takes a name from code that has one, and none from code that pretends', async () => {
    await install(NONE, '(args, power) => 1');
    await install(NONE, 'function größe(args) {}');
    await install(NONE, `function ${'x'.repeat(300)}(args) {}`);
    expect(readGraph(openReader()).objects.map(({ name }) => name)).toEqual([
      '',
      'größe',
      'x'.repeat(64),
    ]);
  });
});
