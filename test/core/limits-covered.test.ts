// Every limit has a test that names it: a new one without a test is found here.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as doctorLimits from '../../src/core/doctor-limits.ts';
import * as gossipLimits from '../../src/core/gossip-limits.ts';
import * as limits from '../../src/core/limits.ts';
import { NODE_LIMIT_NAMES } from '../../src/core/node-limits.ts';
import * as pageLimits from '../../src/core/page-limits.ts';
import * as waitLimits from '../../src/core/wait-limits.ts';

const TESTS = join(import.meta.dirname, '..');
const CHOSEN = [
  'kernel/chosen-limits.test.ts',
  'kernel/gossip.test.ts',
  'kernel/strangers.test.ts',
  'testing/chosen-limits.test.ts',
];

/** Tested under a name of their own: as a default of a listener, poster, host or node limit. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  BOX_BYTES_MAX: 'transport/listener.test.ts: BODY_BYTES_MAX',
  POST_MS_MAX: 'transport/poster.test.ts: an attempt ends in its time',
  CONNECTIONS_MAX: 'transport/held.test.ts: connections that say nothing keep nobody out',
  REPLIES_WAITING_MAX: 'transport/listener.test.ts: at most so many boxes await their reply',
  REQUEST_MS_MAX: 'transport/listener.test.ts: a client that never ends its headers or its body',
  HEADERS_MS_MAX: 'transport/listener.test.ts: a client that never ends its headers or its body',
  HEADERS_BYTES_MAX: 'transport/listener.test.ts: headers beyond their bound',
  CODE_CHECK_MS_MAX: 'worker/check.test.ts: takes the parser too long',
};

/** Without a test at the value: lengths of time of this machine's own work, and sizes of lists. */
const UNTESTED: ReadonlySet<string> = new Set([
  'LOG_LINE_BYTES_MAX',
  'WORKER_CACHE_BYTES_MAX',
  'WORKER_START_MS_MAX',
  'WORKER_PIPE_MS_MAX',
  'COMMIT_BYTES_MAX',
  'PEER_KEYS_MAX',
  'CONTROL_CONNECTIONS_MAX',
  'CONTROL_REQUESTS_MAX',
  'CONTROL_HELLO_MS_MAX',
  'REQUEST_ID_CHARACTERS_MAX',
  'CONTROL_REPLY_MS_MAX',
  'NODE_START_MS_MAX',
  'NODE_LOG_BYTES_MAX',
  'RUN_TURNS_MAX',
  'WORKER_STARTS_FAILED_MAX',
  'WAITING_SHOWN_MAX',
  'DOCTOR_FLUSH_MS_MAX',
  'DOCTOR_DATABASE_BYTES_MAX',
  'DOCTOR_PROBLEMS_MAX',
  'CHECKED_BYTES_MAX',
  'DOCTOR_CLOCK_MS_MAX',
  'DOCTOR_FETCHES_MS_MAX',
  'DOCTOR_LINKS_MAX',
  'UI_REPLY_MS_MAX',
  'UI_OBJECTS_MAX',
  'UI_LINKS_MAX',
  'UI_LOG_LINES_MAX',
]);

const testFiles = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.test.ts') && !path.endsWith('limits-covered.test.ts'),
);
const texts = new Map(testFiles.map((path) => [path, readFileSync(join(TESTS, path), 'utf8')]));
const all = { ...limits, ...doctorLimits, ...gossipLimits, ...pageLimits, ...waitLimits };
const names = Object.keys(all).filter((name) => /_MAX(_|$)/.test(name));
const isNamed = (name: string, text: string): boolean => new RegExp(`\\b${name}\\b`).test(text);

/** Constants that are only the default of what can be chosen. */
const NODE_LIMITS_TEXT = readFileSync(join(TESTS, '../src/core/node-limits.ts'), 'utf8');
const isDefault = (name: string): boolean => isNamed(`default: limits\\.${name}`, NODE_LIMITS_TEXT);

describe('limits', () => {
  it.each(NODE_LIMIT_NAMES)('%s that was chosen is tried at its value and beyond', (name) => {
    expect(CHOSEN.some((path) => isNamed(name, texts.get(path) ?? ''))).toBe(true);
  });

  it('each constant is named by a test, or says why not', () => {
    const isCovered = (name: string): boolean =>
      isDefault(name) || [...texts.values()].some((text) => isNamed(name, text));
    const open = names.filter((name) => !isCovered(name));
    const known = [...Object.keys(TESTED_ELSEWHERE), ...UNTESTED];
    expect(open.filter((name) => !known.includes(name))).toEqual([]);
    // What has a test by now needs no excuse, and neither has what is no more.
    expect(known.filter((name) => !open.includes(name))).toEqual([]);
  });

  it.each(Object.entries(TESTED_ELSEWHERE))('%s is tested by %s', (_, where) => {
    const [path = '', words = ''] = where.split(': ');
    expect(texts.get(path)).toContain(words);
  });
});
