import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import { type LogInput, readLog } from '../../src/node/log.ts';
import { parseTime } from '../../src/node/time-text.ts';
import { codeOf, makeScratch } from './scratch.ts';

const VAT = 'v'.repeat(43);
/** More than are read at once. */
const LINES = 2_500;

describe('log', () => {
  let dir: string;
  beforeEach(async () => {
    dir = join(makeScratch(), 'one');
    await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
    const db = new Database(openBaseDir(dir).database);
    const insert = db.prepare(
      'INSERT INTO log (seq, owner, time_ms, level, source, text) VALUES (?, 0, ?, ?, ?, ?)',
    );
    db.transaction(() => {
      for (let seq = 1; seq <= LINES; seq += 1) {
        const level = seq % 100 === 0 ? 'link' : seq % 10 === 0 ? 'failure' : 'log';
        insert.run(seq, seq * 1_000, level, level === 'link' ? VAT : 'o1.0', `line ${seq}`);
      }
    })();
    db.close();
  });

  const read = async (input: Partial<LogInput>) => {
    const rows: number[] = [];
    await readLog({
      dir,
      lines: 1_000_000,
      sinceMs: undefined,
      level: undefined,
      isFollowing: false,
      onRow: ({ seq }) => void rows.push(seq),
      ...input,
    });
    return rows;
  };

  it('all lines come, oldest first', async () => {
    expect(await read({})).toEqual(Array.from({ length: LINES }, (_, index) => index + 1));
  });

  it('of the lines that fit the newest so many are shown', async () => {
    expect(await read({ lines: 2 })).toEqual([LINES - 1, LINES]);
    expect(await read({ lines: 2, level: 'failure' })).toEqual([LINES - 20, LINES - 10]);
    expect(await read({ lines: LINES })).toHaveLength(LINES);
  });

  it('since a time, of a level, and both', async () => {
    const sinceMs = (LINES - 3) * 1_000;
    expect(await read({ sinceMs })).toEqual([LINES - 3, LINES - 2, LINES - 1, LINES]);
    expect(await read({ sinceMs, lines: 1 })).toEqual([LINES]);
    expect(await read({ level: 'link' })).toHaveLength(LINES / 100);
    expect(await read({ sinceMs, level: 'link' })).toEqual([LINES]);
    expect(await read({ sinceMs: LINES * 1_000 + 1 })).toEqual([]);
  });
});

describe('time', () => {
  const NOW_MS = Date.UTC(2026, 0, 2);

  it.each([
    ['90s', NOW_MS - 90_000],
    ['10m', NOW_MS - 600_000],
    ['2h', NOW_MS - 7_200_000],
    ['3d', NOW_MS - 259_200_000],
    ['2026-01-01', Date.UTC(2026, 0, 1)],
    ['2026-01-01T12:30Z', Date.UTC(2026, 0, 1, 12, 30)],
    ['2026-01-01T12:30:15.250+01:00', Date.UTC(2026, 0, 1, 11, 30, 15, 250)],
  ])('%s', (text, timeMs) => {
    expect(parseTime(text, NOW_MS)).toBe(timeMs);
  });

  it.each(['', '10', 'm', '-1m', '1w', '1.5h', 'yesterday', '2026-13-01', '12:00', '99999999s'])(
    '%j is refused',
    async (text) => {
      expect(await codeOf(() => parseTime(text))).toBe('QRT_ARGUMENT_INVALID');
    },
  );
});
