import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/node/base-dir.ts';
import { openNodeLog, readLastLines } from '../../src/node/node-log.ts';
import { makeScratch } from './scratch.ts';

const clock = { nowMs: () => 0, monotonicMs: () => 0 };

describe('node log', () => {
  it('is one JSON object a line, readable by its owner only', () => {
    const base = layOut(makeScratch());
    const log = openNodeLog({ base, clock });
    log.write({ level: 'info', text: 'one\ntwo\u009b2J' });
    log.close();
    log.write({ level: 'info', text: 'after the end' });
    expect(readFileSync(base.log, 'utf8')).toContain('one\\ntwo\\u009b2J');
    expect(JSON.parse(readFileSync(base.log, 'utf8'))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      text: 'one\ntwo\u009b2J',
    });
    expect(statSync(base.log).mode & 0o777).toBe(0o600);
  });

  it('sets a full file aside and keeps one old one', () => {
    const base = layOut(makeScratch());
    const log = openNodeLog({ base, clock, bytesMax: 1_000 });
    for (let n = 0; n < 100; n += 1) log.write({ level: 'warn', text: `line ${n}` });
    log.close();
    expect(statSync(base.log).size).toBeLessThan(1_000);
    expect(statSync(base.oldLog).size).toBeLessThan(1_100);
    const all = readFileSync(base.oldLog, 'utf8') + readFileSync(base.log, 'utf8');
    expect(all).toContain('line 99');
    expect(readLastLines({ base, lines: 1 }).split('\n')).toHaveLength(1);
  });

  it('the last lines of a log that was never written are none', () => {
    expect(readLastLines({ base: layOut(makeScratch()), lines: 5 })).toBe('');
  });
});
