// The power of a root object, out of a folder and the options of `qrt install`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/capdata-decode.ts';
import { formatQrid, makeSwissnum, makeVatId } from '../../src/core/ids.ts';
import { POWER_BYTES_MAX } from '../../src/core/limits.ts';
import { readBundle } from '../../src/node/bundle.ts';
import { addCode, planPower, readPowerData } from '../../src/node/install-power.ts';
import { encodePlaced, parseRefs } from '../../src/node/operator-data.ts';
import { makeScratch } from './scratch.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const qridOf = (fill: number): string =>
  formatQrid({ vat: makeVatId(key(1)), swissnum: makeSwissnum(key(fill)) });
const SERVER = qridOf(2);
const OTHER = qridOf(3);

type Files = Readonly<Record<string, string>>;

/** Options as typed. */
interface Word {
  readonly power?: string;
  readonly grants?: readonly string[];
  readonly refs?: readonly string[];
}

const bytesMax = POWER_BYTES_MAX;
const given = ({ power = '{}', grants = [], refs = [] }: Word) => ({
  typed: { what: '--power', value: readPowerData({ what: '--power', json: power, bytesMax }) },
  bytesMax,
  grants,
  refs: parseRefs(refs),
  isReference: () => false,
});

/** The power for a folder with these files beside its main.js. */
const plan = (files: Files, word: Word = {}) => {
  const path = join(makeScratch(), 'chat');
  mkdirSync(path);
  for (const [name, text] of Object.entries({ 'main.js': '() => {}', ...files })) {
    writeFileSync(join(path, name), text);
  }
  const bundle = { ...readBundle(path).bundle, path };
  const planned = planPower({ bundle, given: given(word) });
  const data = encodePlaced({
    ...planned,
    what: 'The power',
    bytesMax: Number.POSITIVE_INFINITY,
  });
  const texts = bundle.codes.map(({ text }) => text);
  return { grants: planned.grants, data: addCode({ data, bundle, texts, bytesMax }) };
};
const planFile = (word: Word) => planPower({ given: given(word) });

const refusal = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message.replace(/\/[^\s(]*?\/chat/g, 'chat')}`;
  }
  return 'nothing';
};
const refused = (files: Files, word: Word = {}) => refusal(() => plan(files, word));
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const manifest = (json: unknown): Files => ({ 'qrt.json': JSON.stringify(json) });

describe('power of a bundle', () => {
  it('is its data, key by key under --power, with references and code', () => {
    const files = {
      'power.json': '{"title":"x","depth":{"a":1,"b":2},"last":[1]}',
      'child.js': '() => 1',
      'worker.js': '() => 2',
      ...manifest({ grants: ['log'], refs: { server: 'the server' } }),
    };
    const refs = [`server=${SERVER}`, `last[0]=${OTHER}`];
    const { data, grants } = plan(files, {
      power: '{"depth":{"c":3}}',
      grants: ['log', 'log'],
      refs,
    });
    expect(JSON.parse(data.body)).toEqual({
      title: 'x',
      depth: { c: 3 },
      last: [{ $: 0 }],
      server: { $: 1 },
      code: { child: '() => 1', worker: '() => 2' },
    });
    expect(data.slots.map(formatQrid)).toEqual([OTHER, SERVER]);
    expect(grants).toEqual(['log']);
  });

  it('has no `code` without other code files: then it is a key like any other', () => {
    expect(plan({}).data.body).toBe('{}');
    expect(plan({ 'power.json': '{"code":7}' }).data.body).toBe('{"code":7}');
    expect(plan(manifest({ refs: { code: 'x' } }), { refs: [`code=${SERVER}`] }).data.body).toBe(
      '{"code":{"$":0}}',
    );
  });

  it('carries __proto__ as data, as a reference and as the name of code', () => {
    const files = {
      'power.json': '{"__proto__":{"admin":true}}',
      '__proto__.js': '() => 1',
    };
    expect(plan(files).data.body).toBe(
      '{"__proto__":{"admin":true},"code":{"__proto__":"() => 1"}}',
    );
    const asks = { 'qrt.json': '{"refs":{"__proto__":"the ancestor"}}' };
    expect(refused(asks)).toContain('\n  --ref __proto__=QRID   the ancestor');
    expect(plan(asks, { refs: [`__proto__=${SERVER}`] }).data.body).toBe('{"__proto__":{"$":0}}');
  });

  it('code whose name begins with $ is reached by it, and is no reference', () => {
    const { data } = plan({ '$.js': '() => 1', '$a.js': '() => 2' });
    const power = decode(
      { body: data.body, slots: [] },
      { makeReference: () => 'no reference is meant' },
    );
    expect(power).toEqual({ code: { $: '() => 1', $a: '() => 2' } });
  });

  it('a reference within the data that is given counts as the one that is asked for', () => {
    const server = {};
    const bundle = {
      codes: [],
      manifest: { grants: [], refs: [{ name: 'server', purpose: 'x' }] },
      manifestPath: 'chat/qrt.json',
      path: 'chat',
    };
    const withPower = (value: unknown) => () =>
      planPower({
        bundle,
        given: {
          ...given({}),
          typed: { what: 'power', value },
          isReference: (it) => it === server,
        },
      });
    expect(withPower({ server })().value).toEqual({ server });
    expect(refusal(withPower({}))).toContain('--ref server=QRID');
    expect(refusal(withPower({ server: 1 }))).toContain('QRT_ARGUMENT_INVALID: power: "server"');
    expect(refusal(withPower(server))).toBe('QRT_ARGUMENT_INVALID: power: give a JSON object.');
  });

  it('a plain file has the data and references of the options alone', () => {
    const planned = planFile({ power: '{"a":[1]}', refs: [`a[0]=${SERVER}`] });
    const data = encodePlaced({ ...planned, what: 'The power', bytesMax: 100 });
    const whole = addCode({ data, bundle: undefined, texts: [], bytesMax });
    expect(whole).toEqual(data);
    expect(whole.body).toBe('{"a":[{"$":0}]}');
  });

  it('all that is missing is listed at once, as options to type (QRT_BUNDLE_INCOMPLETE)', () => {
    const files = manifest({
      grants: ['log'],
      refs: { server: 'keeps the rooms', $b: 'gets bills', friend: 'is told' },
    });
    const all =
      'QRT_BUNDLE_INCOMPLETE: The bundle chat was not given all that its qrt.json asks for. ' +
      'Type it again with:' +
      '\n  --grant log' +
      '\n  --ref server=QRID   keeps the rooms' +
      "\n  --ref '$b=QRID'     gets bills" +
      '\n  --ref friend=QRID   is told';
    expect(refused(files)).toBe(all);
    const refs = [`server=${SERVER}`, `["friend"]=${OTHER}`];
    expect(refused(files, { grants: ['log'], refs })).toBe(
      `${all.slice(0, all.indexOf('\n'))}\n  --ref '$b=QRID'   gets bills`,
    );
    const given = { grants: ['log'], refs: [...refs, `$b=${OTHER}`] };
    expect(refused(files, given)).toBe('nothing');
  });

  it('a reference at another place is not the one that is asked for', () => {
    const files = {
      'power.json': '{"list":[0],"more":{"server":0}}',
      ...manifest({ refs: { server: 'x' } }),
    };
    const refs = [`list[0]=${SERVER}`, `more.server=${SERVER}`];
    expect(refused(files, { refs })).toContain('--ref server=QRID');
    expect(plan(files, { refs: [...refs, `server=${OTHER}`] }).data.slots).toHaveLength(2);
  });

  it('a reference that the manifest asks for may not stand in the data, too', () => {
    const files = manifest({ refs: { server: 'x' } });
    const refs = [`server=${SERVER}`];
    expect(refused({ ...files, 'power.json': '{"server":1}' }, { refs })).toContain(
      'chat/power.json: "server" is a reference that qrt.json asks for',
    );
    expect(refused(files, { refs, power: '{"server":1}' })).toContain(
      'QRT_ARGUMENT_INVALID: --power: "server" is a reference that qrt.json asks for',
    );
  });

  it.each(['memory', 'make_object', 'log'])('data that shadows %s is refused', (name) => {
    expect(refused({ 'power.json': JSON.stringify({ [name]: 1 }) })).toBe(
      `QRT_BUNDLE_INVALID: The bundle cannot be installed. chat/power.json: "${name}" is put ` +
        'into the power by qrt: choose another key.',
    );
    const word = { power: JSON.stringify({ [name]: 1 }), grants: ['log'] };
    expect(refusal(() => planFile(word))).toBe(
      `QRT_ARGUMENT_INVALID: --power: "${name}" is put there by qrt, not by it.`,
    );
    for (const place of [name, `${name}.x`, `["${name}"]`]) {
      const typed = { grants: ['log'], refs: [`${place}=${SERVER}`] };
      const found = place.endsWith('.x') ? 'QRT_PATH_UNKNOWN' : `"${name}" is put there by qrt`;
      expect(refusal(() => planFile(typed))).toContain(found);
    }
  });

  it('with other code files `code` is reserved, in the folder and in the options', () => {
    const code = { 'child.js': '() => 1' };
    expect(refused({ ...code, 'power.json': '{"code":{}}' })).toContain(
      'chat/power.json: "code" is put into the power by qrt',
    );
    expect(refused({ ...code, ...manifest({ refs: { code: 'x' } }) })).toContain(
      'chat/qrt.json: "refs.code" is where the other code files are',
    );
    expect(refused(code, { power: '{"code":1}' })).toContain('--power: "code" is put there by qrt');
    expect(refused(code, { refs: [`code=${SERVER}`] })).toContain('--ref: "code" is put there');
    expect(refused(code, { refs: [`code.child=${SERVER}`] })).toContain('QRT_PATH_UNKNOWN');
  });

  it.each([
    ['a list', '[1]', 'QRT_ARGUMENT_INVALID: chat/power.json: give a JSON object.'],
    ['null', 'null', 'QRT_ARGUMENT_INVALID: chat/power.json: give a JSON object.'],
    ['half an object', '{', 'QRT_JSON_MALFORMED: chat/power.json cannot be taken as JSON: '],
    ['-0', '{"a":-0}', 'chat/power.json cannot be taken as JSON: the number -0'],
    [
      'a long number',
      '{"a":9007199254740993}',
      'chat/power.json cannot be taken as JSON: the number 9007',
    ],
    [
      'a lone surrogate',
      '{"a":"\\ud800"}',
      'chat/power.json.a cannot be carried: text with a lone',
    ],
    [
      'deep lists',
      `{"a":${deep(70)}}`,
      'chat/power.json cannot be taken as JSON: it has more than',
    ],
    [
      'very deep lists',
      `{"a":${deep(400_000)}}`,
      'chat/power.json cannot be taken as JSON: it has more than',
    ],
  ])('power.json is read as exactly as --power: %s is refused', (_, json, said) => {
    expect(refused({ 'power.json': json })).toContain(said);
    // A key that --power replaces is no excuse.
    expect(refused({ 'power.json': json }, { power: '{"a":1}' })).toContain(said);
  });

  it('a grant that does not exist is refused (QRT_GRANT_UNKNOWN)', () => {
    expect(refused({}, { grants: ['log', 'fs'] })).toContain('QRT_GRANT_UNKNOWN');
  });

  it('a place given twice is refused, also when it is written in two ways', () => {
    for (const path of ['server', '["server"]']) {
      const refs = [`server=${SERVER}`, `${path}=${OTHER}`];
      expect(refused(manifest({ refs: { server: 'x' } }), { refs })).toBe(
        `QRT_ARGUMENT_INVALID: --ref: ${path} is given twice.`,
      );
    }
  });

  it('a reference in place of the whole power is refused', () => {
    expect(refused({}, { refs: [`=${SERVER}`] })).toContain('QRT_ARGUMENT_INVALID: --ref: ');
  });

  it('a power of the largest size is taken; beyond it the error says what is how large', () => {
    const size = (files: Files) => Buffer.byteLength(plan(files).data.body);
    const child = `() => '${'\n'.repeat(10_000)}'`;
    const fill = (length: number): Files => ({
      'child.js': child,
      'power.json': JSON.stringify({ text: 'x'.repeat(length) }),
    });
    const most = POWER_BYTES_MAX - size(fill(0));
    expect(size(fill(most))).toBe(POWER_BYTES_MAX);
    const over = refused(fill(most + 1), { power: '{"text2":2}' });
    expect(over).toContain('QRT_REQUEST_OVERSIZE: The power (chat/power.json and options ');
    // A line break takes two bytes in JSON: that is what counts.
    expect(over).toContain(`, chat/child.js ${child.length + 10_002})`);
    expect(over).toContain(`has ${POWER_BYTES_MAX + 1 + '"text2":2,'.length} bytes`);
    expect(refused({ 'power.json': `{"text":"${'x'.repeat(POWER_BYTES_MAX)}"}` })).toMatch(
      /^QRT_REQUEST_OVERSIZE: chat\/power.json has \d+ bytes/,
    );
  });
});
