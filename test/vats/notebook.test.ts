// Notebook: what was written stays as it was written, under its number, and readers cannot write.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, readGuest, type TestObject } from './kit.ts';

interface Page {
  readonly from: number;
  readonly entries: readonly string[];
  readonly next: number;
  readonly written: number;
}

/** A small chapter is full after a few entries; everything else is the same. */
const CHAPTER = '80_000';
const CHAPTERS = 'memory.chapters.length >= 900';

const openNotebook = async (vat: GuestVat, edits: readonly [string, string][] = []) => {
  let code = readGuest('notebook');
  for (const [before, after] of edits) {
    expect(code).toContain(before);
    code = code.replace(before, after);
  }
  const root = await vat.install({ code, name: 'notebook' });
  const { writer } = await vat.news(root, { method: 'writer' });
  const { reader } = await vat.news(root, { method: 'reader' });
  return { root, writer: writer!, reader: reader! };
};

/** Everything in it, page by page. */
const readAll = async (vat: GuestVat, reader: TestObject): Promise<string[]> => {
  const entries: string[] = [];
  for (;;) {
    const page = await vat.news<Page>(reader, { from: entries.length + 1 });
    expect(page).toMatchObject({ from: entries.length + 1, next: page.from + page.entries.length });
    entries.push(...page.entries);
    if (page.next > page.written) return entries;
    expect(page.entries.length).toBeGreaterThan(0);
  }
};

describe('notebook', () => {
  it.each(someOf([1, 2], 2))(
    'entries are never changed, lost or reordered (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const { root, writer, reader } = await openNotebook(vat, [[CHAPTER, '2_000']]);
      const written: string[] = [];
      const bad = [5, null, ['text'], { text: 'x' }, writer, 'x'.repeat(4_001)];
      for (let n = 0; n < 200; n += 1) {
        const dice = random();
        const entry = `${n} ${pick(random, ['', '"quoted"', 'ж', '🔑', '\n']).repeat(Math.floor(random() * 60))}`;
        if (dice < 0.3) {
          const told = await vat.news(writer, { entry });
          written.push(entry);
          expect(told).toEqual({ number: written.length });
        } else if (dice < 0.6) {
          await vat.done(root, { method: 'write', entry });
          written.push(entry);
        } else if (dice < 0.7) {
          await vat.refused(pick(random, [writer, reader]), { entry: pick(random, bad), from: -1 });
        } else {
          const from = 1 + Math.floor(random() * (written.length + 3));
          const page = await vat.news<Page>(pick(random, [reader, root]), { method: 'read', from });
          expect(page.entries).toEqual(written.slice(from - 1, page.next - 1));
          expect(page.written).toBe(written.length);
          if (from <= written.length) expect(page.entries.length).toBeGreaterThan(0);
        }
        if (random() < 0.02) await vat.restart();
      }
      expect(await readAll(vat, reader)).toEqual(written);
      const { chapters } = await vat.read<{ chapters: unknown[] }>(root);
      expect(chapters.length).toBeGreaterThan(3);
    },
  );

  it('readers cannot write, and writers can neither read nor change what is written', async () => {
    const vat = await openVat();
    const { root, writer, reader } = await openNotebook(vat);
    const entries = ['one', 'two'];
    for (const entry of entries) await vat.done(writer, { entry });
    const before = await vat.memory(root);
    const to = await vat.sink();
    const attacks = [
      { entry: 'three' },
      { entry: 'three', to },
      { method: 'write', entry: 'three', to },
      { method: 'writer', to },
      { number: 1, entry: 'changed', to },
      { from: 1, entry: 'changed', entries: ['changed'], to },
      { from: 0 },
      { from: 1.5, to },
      { from: '1', to },
    ];
    for (const args of attacks) {
      await vat.send(reader, args);
      await vat.run();
    }
    expect(await vat.memory(root)).toEqual(before);
    expect(await readAll(vat, reader)).toEqual(entries);
    const told = (await to.received()) as object[];
    expect(told.every((each) => 'entries' in each)).toBe(true);

    const more = await vat.sink();
    for (const args of attacks) {
      await vat.send(writer, { ...args, to: more });
      await vat.run();
    }
    expect((await readAll(vat, reader)).slice(0, 2)).toEqual(entries);
    for (const news of await more.received())
      expect(Object.keys(news as object)).toEqual(['number']);
  });

  it('an immediate call gets hold of nothing through which an entry could be changed', async () => {
    const vat = await openVat();
    const { root, writer, reader } = await openNotebook(vat);
    const to = await vat.sink();
    const thief = await vat.object(
      `({ to }, { memory, root, writer, reader }) => {
        const text = new String('boxed');
        const attempts = [
          () => writer.call({ entry: 'one' }),
          () => reader.call({ to }).entries.push('more'),
          () => { root.call({ method: 'read', to }).entries[0] = 'other'; },
          () => root.call({ method: 'write', entry: 'two' }),
          () => root.call({ method: 'reader', to }) === reader,
          () => writer.call({ entry: text }),
          () => writer.call({ entry: 'three', to: {} }),
        ];
        memory.loot = attempts.map((attempt) => {
          try { return attempt() ?? null; } catch (error) { return 'refused'; }
        });
      }`,
      { root, writer, reader },
    );
    await vat.done(thief, { to });
    expect(await vat.memory(thief)).toEqual({
      loot: [{ number: 1 }, 2, null, { number: 2 }, true, 'refused', 'refused'],
    });
    expect(await readAll(vat, reader)).toEqual(['one', 'two']);
  });

  it('goes on in a new chapter when one is full, far beyond what a memory holds', async () => {
    const vat = await openVat();
    const { root, writer, reader } = await openNotebook(vat);
    // 24,000 characters of JSON each: more than a memory could hold after 44 of them.
    const entries = Array.from({ length: 50 }, (_, n) => '\u0001'.repeat(3_990) + String(n));
    for (const entry of entries) await vat.done(writer, { entry });
    expect(await readAll(vat, reader)).toEqual(entries);
    const { chapters } = await vat.read<{ chapters: { first: number }[] }>(root);
    expect(chapters.map(({ first }) => first)).toEqual(
      Array.from({ length: 17 }, (_, n) => n * 3 + 1),
    );
  });

  it('a page of a full chapter fits into a message, whatever the characters are', async () => {
    const vat = await openVat();
    for (const text of ['語', '🔑', '"', '\u0001', 'x']) {
      const { root, writer, reader } = await openNotebook(vat);
      const entry = text.repeat(4_000 / text.length);
      let count = 0;
      for (let chapters = 0; chapters < 2; count += 1) {
        await vat.done(writer, { entry });
        chapters = (await vat.read<{ chapters: unknown[] }>(root)).chapters.length;
      }
      const page = await vat.news<Page>(reader);
      expect(page.entries).toEqual(Array(count - 1).fill(entry));
    }
  });

  it('throws when it is full, and stays readable as it was', async () => {
    const vat = await openVat();
    const edits: [string, string][] = [
      [CHAPTER, '100'],
      [CHAPTERS, 'memory.chapters.length >= 3'],
    ];
    const { writer, reader } = await openNotebook(vat, edits);
    const entries = ['a', 'b', 'c'].map((letter) => letter.repeat(90));
    for (const entry of entries) await vat.done(writer, { entry });
    expect(await vat.refused(writer, { entry: 'd'.repeat(90) })).toMatch(/full: begin another one/);
    expect(await readAll(vat, reader)).toEqual(entries);
    await vat.done(writer, { entry: '' });
    expect(await readAll(vat, reader)).toEqual([...entries, '']);
  });

  it('counts no entry that a caller tried in vain, and caught that', async () => {
    const vat = await openVat();
    const { writer, reader } = await openNotebook(vat);
    const writes = await vat.object(
      `(entry, { writer }) => { try { writer.call({ entry }); } catch { /* on purpose */ } }`,
      { writer },
    );
    const bad = `(args, { writes }) => writes.call('\\ud800'.repeat(args))`;
    const taunt = await vat.object(bad, { writes });
    await vat.done(taunt, 1);
    expect(await readAll(vat, reader)).toEqual([]);
    const entries = Array.from({ length: 15 }, (_, n) => String(n).padEnd(4_000, 'x'));
    for (const entry of entries) await vat.done(writer, { entry });
    await vat.done(taunt, 4_000);
    await vat.done(writer, { entry: 'mine' });
    expect(await readAll(vat, reader)).toEqual([...entries, 'mine']);
  });

  it('says what is missing when it is asked wrongly', async () => {
    const vat = await openVat();
    const { root, writer, reader } = await openNotebook(vat);
    expect(await vat.refused(root, { method: 'erase' })).toMatch(
      /one of: write, read, writer, reader/,
    );
    expect(await vat.refused(writer, {})).toMatch(/args.entry is a text of at most 4,000/);
    expect(await vat.refused(reader, { from: 0 })).toMatch(/args.from is the number/);
    expect(await vat.refused(reader, { to: {} })).toMatch(/needs a reference/);
  });
});
