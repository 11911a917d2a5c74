// A backup is one moment of a node, whole or not there; a restore makes that node again.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backUpNode } from '../../src/node/backup.ts';
import { layOut } from '../../src/node/base-dir.ts';
import { restoreNode } from '../../src/node/restore.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { openDatabase } from '../../src/store/open.ts';
import { SCHEMA_VERSION } from '../../src/store/schema.ts';
import { dieAt, makeNode, nodesBelow, rowsOf } from './backup-kit.ts';
import { codeOf, makeScratch } from './scratch.ts';

const MIB = 1_048_576;
/** Of a restored node, with the sums of the pages of its database. */
const FILES = ['config.json', 'key', 'lock.db', 'vat.db', 'vat.db-sum'];
const textOf = (path: string): string => readFileSync(path, 'utf8');

describe('a backup', () => {
  it('becomes the same node again: key, configuration and every row, but nothing is believed of peers', async () => {
    const scratch = makeScratch();
    const [dir, file, back] = ['A', 'file', 'B'].map((name) => join(scratch, name)) as Three;
    const vat = await makeNode(dir);
    const made = await backUpNode({ dir, file });
    expect(made).toMatchObject({ file, vat, bytes: statSync(file).size, schema: SCHEMA_VERSION });
    const restored = await restoreNode({ file, dir: back });
    expect(restored).toMatchObject({ dir: back, vat, time: made.time, isOpen: false });
    expect(textOf(layOut(back).key)).toBe(textOf(layOut(dir).key));
    expect(textOf(layOut(back).config)).toBe(textOf(layOut(dir).config));
    const [before, after] = [rowsOf(dir, vat), rowsOf(back, vat)];
    // Unsigned, and above the old serial: the vat signs a newer one when it starts.
    expect(after.get('contact')).toEqual([expect.objectContaining({ serial: 41, record: '' })]);
    const links = after.get('link') as { state: string; reason: string }[];
    const unchecked = ['unchecked', 'restored from a backup'];
    expect(links.map(({ state, reason }) => [state, reason])).toEqual([
      ...[unchecked, unchecked, unchecked],
      ['dropped', 'why'],
    ]);
    // A word that was given about a doubt may be another one by now.
    expect([after.get('settling'), after.get('settle_choice')]).toEqual([[], []]);
    for (const table of ['contact', 'link', 'settling', 'settle_choice']) {
      for (const rows of [before, after]) rows.delete(table);
    }
    expect(after).toEqual(before);
    expect(restored.unchecked).toBe(3);
    expect(readdirSync(scratch).sort()).toEqual(['A', 'B', 'file']);
    expect(readdirSync(back).sort()).toEqual(FILES);
    expect(modesOf(back)).toEqual(FILES.map(() => '600'));
    expect(statSync(back).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is one moment, although the node goes on while it is made', async () => {
    const scratch = makeScratch();
    const [dir, file, back] = ['A', 'file', 'B'].map((name) => join(scratch, name)) as Three;
    const vat = await makeNode(dir, { rows: 20, bytes: MIB });
    const before = rowsOf(dir, vat).get('log');
    const writer = openDatabase({ path: layOut(dir).database, vat });
    const change = writer.prepare('UPDATE log SET time_ms = time_ms + 1, text = text || ?');
    let changes = 0;
    const onStep = (step: { doing: string }): void => {
      if (step.doing === 'reading' && changes < 3) {
        change.run('y');
        changes += 1;
      }
    };
    await backUpNode({ dir, file, onStep });
    writer.close();
    expect(changes).toBe(3);
    await restoreNode({ file, dir: back });
    expect(rowsOf(back, vat).get('log')).toEqual(before);
  });

  it('takes no lock, and leaves alone the one that a running node holds', async () => {
    const scratch = makeScratch();
    const [dir, file] = [join(scratch, 'A'), join(scratch, 'file')];
    await makeNode(dir);
    const { lock } = layOut(dir);
    const held = acquireLock({ path: lock, waitMs: 0, dir });
    await backUpNode({ dir, file });
    held.release();
    acquireLock({ path: lock, waitMs: 0, dir }).release();
  });

  it('tells how far it is', async () => {
    const scratch = makeScratch();
    const [dir, file, back] = ['A', 'file', 'B'].map((name) => join(scratch, name)) as Three;
    await makeNode(dir, { rows: 12, bytes: MIB });
    const steps: string[] = [];
    const onStep = (step: { doing: string; bytes: number; bytesTotal: number }): void => {
      expect(step.bytes).toBeLessThanOrEqual(step.bytesTotal);
      if (steps.at(-1) !== step.doing) steps.push(step.doing);
    };
    await backUpNode({ dir, file, onStep });
    await restoreNode({ file, dir: back, onStep });
    expect(steps).toEqual(['reading', 'writing', 'checking', 'writing']);
  });

  it('that is ended in the middle leaves nothing behind, and so does a restore', async () => {
    const scratch = makeScratch();
    const [dir, file, back] = ['A', 'file', 'B'].map((name) => join(scratch, name)) as Three;
    await makeNode(dir, { rows: 12, bytes: MIB });
    const endAt = (last: string) => (step: { doing: string; bytes: number }) => {
      if (step.doing === last && step.bytes > 5 * MIB) throw new Error(last);
    };
    for (const last of ['reading', 'writing', 'checking']) {
      const work = () => backUpNode({ dir, file, onStep: endAt(last) });
      await expect(work()).rejects.toThrow(last);
      expect(readdirSync(scratch)).toEqual(['A']);
    }
    await backUpNode({ dir, file });
    const restore = () => restoreNode({ file, dir: back, onStep: endAt('writing') });
    await expect(restore()).rejects.toThrow('writing');
    expect(readdirSync(scratch)).toEqual(['A', 'file']);
  });

  it('is refused where something stands already, and of a node that is none or open to others', async () => {
    const scratch = makeScratch();
    const [dir, file] = [join(scratch, 'A'), join(scratch, 'file')];
    await makeNode(dir);
    writeFileSync(file, 'precious');
    mkdirSync(join(scratch, 'folder'));
    for (const place of [file, join(scratch, 'folder'), dir]) {
      expect(await codeOf(() => backUpNode({ dir, file: place }))).toBe('QRT_BACKUP_EXISTS');
    }
    expect(textOf(file)).toBe('precious');
    const inside = (name: string) => join(scratch, name, 'new');
    expect(await codeOf(() => backUpNode({ dir, file: inside('none') }))).toBe('QRT_DIR_UNUSABLE');
    expect(await codeOf(() => backUpNode({ dir: scratch, file: inside('A') }))).toBe(
      'QRT_NODE_MISSING',
    );
    rmSync(layOut(dir).database);
    expect(await codeOf(() => backUpNode({ dir, file: inside('A') }))).toBe('QRT_STORE_CORRUPT');
    expect(readdirSync(scratch).sort()).toEqual(['A', 'file', 'folder']);
  });

  it('of a database with a damaged page is refused', async () => {
    const scratch = makeScratch();
    const [dir, file] = [join(scratch, 'A'), join(scratch, 'file')];
    await makeNode(dir, { rows: 200, bytes: 1_000 });
    const { database } = layOut(dir);
    const bytes = readFileSync(database);
    // The header of a page in the middle of the log.
    bytes.fill(0xff, bytes.length - 40 * 4_096, bytes.length - 40 * 4_096 + 100);
    writeFileSync(database, bytes);
    expect(await codeOf(() => backUpNode({ dir, file }))).toBe('QRT_STORE_CORRUPT');
    expect(readdirSync(scratch)).toEqual(['A']);
  });

  it('is whole or not there, wherever its process is killed', async () => {
    const scratch = makeScratch();
    const [dir, file] = [join(scratch, 'A'), join(scratch, 'file')];
    await makeNode(dir);
    // The first reader of a stopped node leaves SQLite's files behind.
    await backUpNode({ dir, file: join(scratch, 'first') });
    const all = await dieAt({
      dir: scratch,
      last: Number.POSITIVE_INFINITY,
      body: () => backUpNode({ dir, file }),
    });
    const size = statSync(file).size;
    expect(all.length).toBeGreaterThan(10);
    for (let last = 0; last < all.length; last += 1) {
      rmSync(file, { force: true });
      const calls = await dieAt({ dir: scratch, last, body: () => backUpNode({ dir, file }) });
      const isNamed = calls.some((call) => call.startsWith('linkSync'));
      expect([last, existsSync(file)]).toEqual([last, isNamed]);
      if (isNamed) expect(statSync(file).size).toBe(size);
    }
  });
});

describe('a restore', () => {
  it('makes a whole node or none, wherever its process is killed', async () => {
    const scratch = makeScratch();
    const [dir, file, back] = ['A', 'file', 'B'].map((name) => join(scratch, name)) as Three;
    const vat = await makeNode(dir);
    await backUpNode({ dir, file });
    const all = await dieAt({
      dir: scratch,
      last: Number.POSITIVE_INFINITY,
      body: () => restoreNode({ file, dir: back }),
    });
    const whole = rowsOf(back, vat);
    for (let last = 0; last < all.length; last += 1) {
      rmSync(back, { recursive: true, force: true });
      const body = () => restoreNode({ file, dir: back });
      const calls = await dieAt({ dir: scratch, last, body });
      const isNamed = calls.some(isNaming);
      expect([last, existsSync(back)]).toEqual([last, isNamed]);
      if (isNamed) expect(rowsOf(back, vat)).toEqual(whole);
      // Also under the name that it has until it is whole.
      for (const name of nodesBelow(scratch)) {
        if (name === 'A') continue;
        expect(rowsOf(join(scratch, name), vat)).toEqual(whole);
        rmSync(join(scratch, name), { recursive: true });
      }
    }
  });

  it('has everything on disk before the node gets its name', async () => {
    const scratch = makeScratch();
    const [dir, file, back] = ['A', 'file', 'B'].map((name) => join(scratch, name)) as Three;
    await makeNode(dir);
    await backUpNode({ dir, file });
    const calls = await dieAt({
      dir: scratch,
      last: Number.POSITIVE_INFINITY,
      body: () => restoreNode({ file, dir: back }),
    });
    const renamed = calls.findIndex(isNaming);
    const draft = calls[renamed]?.split(' ')[1] ?? '';
    const flushed = calls.flatMap((call, at) =>
      call.startsWith('fsyncSync') ? [{ path: calls[at - 1]?.split(' ')[1], at }] : [],
    );
    const before = flushed.filter(({ at }) => at < renamed).map(({ path }) => path);
    const names = FILES.map((name) => join(draft, name));
    expect(before.slice(-names.length - 1)).toEqual([...names, draft]);
    expect(flushed.filter(({ at }) => at > renamed).map(({ path }) => path)).toEqual([scratch]);
    // Half of it is no node: what makes it one is written last.
    const written = calls.filter((call) => call.startsWith('writeFileSync'));
    expect(written.at(-1)).toBe(`writeFileSync ${join(draft, 'config.json')}`);
  });

  it('is refused where something stands already', async () => {
    const scratch = makeScratch();
    const [dir, file] = [join(scratch, 'A'), join(scratch, 'file')];
    await makeNode(dir);
    await backUpNode({ dir, file });
    mkdirSync(join(scratch, 'empty'));
    expect(await codeOf(() => restoreNode({ file, dir }))).toBe('QRT_NODE_EXISTS');
    for (const place of [file, join(scratch, 'empty'), join(scratch, 'none', 'B')]) {
      expect(await codeOf(() => restoreNode({ file, dir: place }))).toBe('QRT_DIR_UNUSABLE');
    }
    expect(nodesBelow(scratch)).toEqual(['A']);
    expect(readdirSync(scratch).sort()).toEqual(['A', 'empty', 'file']);
  });
});

/** Of the whole directory; the sums in it get their name in the same way. */
const isNaming = (call: string): boolean => /^renameSync .*\/\.B-\w+$/.test(call);

type Three = [string, string, string];

const modesOf = (dir: string): readonly string[] =>
  readdirSync(dir).map((name) => (statSync(join(dir, name)).mode & 0o777).toString(8));
