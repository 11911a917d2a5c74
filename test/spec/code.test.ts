// Code: what is accepted as code, what a refusal says, and how code travels by its hash.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isQrtError } from '../../src/core/errors.ts';
import type { KernelFrame } from '../../src/core/frames.ts';
import { CODE_BYTES_MAX } from '../../src/core/limits.ts';
import { install } from '../../src/node/install.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';
import { open } from './wire.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Texts, what must be said of each, and where. */
const REFUSED: readonly (readonly [string, RegExp, string?])[] = [
  ['', /no code/],
  ['   \n ', /no code/],
  ['1 + 1', /one function expression/, 'line 1'],
  ['({})', /function/],
  ['"use strict"', /one function expression/],
  ['function f() {} function g() {}', /./],
  ['function(){}), (function(){}', /./],
  ['() => 1; () => 2', /./],
  ['() => 1, () => 2', /one function expression/],
  ['(() => 1)', /parentheses/, 'line 1, column 1'],
  ['(() => { let n = 0; return function () { return ++n; }; })()', /./],
  ['((a) => a)(() => 1)', /./],
  ['class C {}', /class/],
  ['async () => 1', /async/],
  ['async function f() {}', /async/],
  ['function* () {}', /generator/],
  ['() => { return async () => 1; }', /async/, 'line 1, column 16'],
  ['() => {\n  class C { async m() {} }\n}', /async/, 'line 2'],
  ['() => {\n  return [1].map(async function () {});\n}', /async/, 'line 2'],
  ['() => { for await (const x of []) {} }', /./],
  ['() => { await 1; }', /./],
  ['() => import("fs")', /import/, 'line 1'],
  ['() => import.meta', /import/],
  ['import fs from "fs"', /import/],
  ['() => "import (x)"', /import.*string or comment/],
  ['() => 1 // eval (x)', /eval.*string or comment/],
  ['() => "<!-- x"', /HTML comment/],
  ['() => { while (n --> 0); }', /HTML comment|-->/],
  ['() => 1 //# sourceURL=x', /sourceURL/],
  ['() => { with (x) {} }', /with/],
  ['() => 0777', /./],
  ['(a, b, c) => a', /parameter/, 'line 1, column 8'],
  ['(args, power) => {\n  const a = 1;\n  const a = 2;\n}', /already/, 'line 3'],
  ['(args, power) => {\n  return (;\n}', /./, 'line 2, column 11'],
  ['(args, power) => {\n  "text', /./, 'line 2'],
  ['() => "SURROGATE"', /surrogate/],
  [`() => ${'['.repeat(5_000)}${']'.repeat(5_000)}`, /nested/],
];

describe('code', () => {
  afterAll(closeTestVats);

  describe('is checked', () => {
    let vat: TestVat;
    beforeAll(async () => {
      vat = await openTestVat();
    });

    it('Q13 make_object refuses what is not one function, with line, column and reason', async () => {
      const texts = REFUSED.map(([text]) => text);
      const found = (await vat.value(
        `args.map((text) => {
          try { power.make_object(text.replace('SURROGATE', '\\ud800')); return ['made', '']; }
          catch (error) { return [error.code, error.message]; }
        })`,
        texts,
      )) as [string, string][];
      for (const [index, [text, reason, place]] of REFUSED.entries()) {
        const [code, message] = found[index] ?? ['', ''];
        const what = text.slice(0, 60);
        expect(code, what).toBe('QRT_CODE_REFUSED');
        expect(message, what).toMatch(reason);
        if (place !== undefined) expect(message, what).toContain(place);
      }
      expect(await vat.status()).toMatchObject({ objects: 1 });
    });

    it('Q13 make_object refuses what is no text or longer than the bound, and takes the bound', async () => {
      const found =
        await vat.value(`[null, undefined, 5, {}, () => 1, ['() => 1'], new String('() => 1'),
        '() => 1' + ' '.repeat(${CODE_BYTES_MAX} - 7), '() => 1' + ' '.repeat(${CODE_BYTES_MAX} - 6),
        '() => "é"' + ' '.repeat(${CODE_BYTES_MAX} - 10), '() => "é"' + ' '.repeat(${CODE_BYTES_MAX} - 9)].map((text) => {
        try { return typeof power.make_object(text).call(); } catch (error) { return error.code; }
      })`);
      const refused = 'QRT_CODE_REFUSED';
      const noText = Array(7).fill(refused);
      expect(found).toEqual([...noText, 'number', refused, 'string', refused]);
    });

    it('Q13 comments and spaces around the one function are no fault', async () => {
      const texts = [
        '// a\n/* b */ () => 1 // c',
        '\n\n  function named(args, power) { return 1; }\n\n',
        '() => 1 /* ) */',
      ];
      expect(await vat.value(`args.map((text) => power.make_object(text).call())`, texts)).toEqual([
        1, 1, 1,
      ]);
    });

    it('Q13 install refuses with file, line, column and a caret, and makes nothing', async () => {
      const down = await openTestVat();
      const before = down.snapshot();
      await down.halt();
      const folder = join(down.dir, '..', 'code');
      mkdirSync(folder);
      const lines = ['// header', '(args, power) => {', '  const later = async () => 1;', '}'];
      writeFileSync(join(folder, 'main.js'), lines.join('\n'));
      const options = { dir: down.dir, power: '{}', grants: [], refs: [], id: undefined };
      const refused = install({ ...options, path: folder }).catch((error: unknown) => error);
      const error = await refused;
      if (!isQrtError(error, 'QRT_CODE_REFUSED')) throw error;
      expect(error.message).toContain(`${join(folder, 'main.js')}:3:17`);
      expect(error.message).toMatch(/async/);
      const [, source, caret] = error.message.split('\n');
      expect(source).toBe(`  ${lines[2]}`);
      expect(caret).toBe(`  ${' '.repeat(16)}^`);
      expect(down.snapshot()).toBe(before);
    });

    it('R14 a compile error has its line and no stack, for the operator and for the guest', async () => {
      const found = await vat.value(`(() => {
        try { power.make_object('(args) => {\\n  let x = ;\\n}'); } catch (error) {
          return { message: error.message, stack: error.stack ?? '', keys: Reflect.ownKeys(error).sort() };
        }
      })()`);
      expect(found).toMatchObject({ stack: '', keys: ['code', 'message', 'name'] });
      expect((found as { message: string }).message).toMatch(
        /^line 2, column 11: Unexpected token/,
      );
    });
  });

  describe('travels by its hash', () => {
    let vat: TestVat;
    let frames: KernelFrame[];
    let asked: string[];
    beforeAll(async () => {
      vat = await openTestVat();
    });
    afterEach(() => vat.onOutput(undefined));
    const listen = (): void => {
      frames = [];
      asked = [];
      vat.onOutput((output) => {
        if (output.type === 'worker-frame') frames.push(output.frame);
        if (output.type !== 'worker-says') return;
        const said = JSON.parse(output.text) as { type: string; what?: string; id?: string };
        if (said.type === 'ask' && said.what === 'code') asked.push(said.id ?? '');
      });
    };

    it('R1 a code text is stored once under its SHA-256, whoever uses it', async () => {
      const text = `(args, power) => { power.memory.n = (power.memory.n ?? 0) + 1; }`;
      const [a, b] = [await vat.install('a', text), await vat.install('b', text)];
      const maker = `(args, power) => { power.memory.made = [1, 2].map(() => power.make_object(args, {})); }`;
      await vat.install('maker', maker);
      await vat.send('maker', text);
      await vat.send('maker', `\n// another comment\n${text}  `);
      const codes = vat.tables()['code'] as { hash: string; text: string }[];
      expect(codes.map(({ text: each }) => each).sort()).toEqual([maker, text].sort());
      for (const { hash, text: each } of codes) expect(hash).toBe(hashOf(each));
      const users = vat.rows('objects').filter((row) => row['code'] === hashOf(text));
      expect(users).toHaveLength(6);
      // One text, and still as many objects: each has its own memory.
      await vat.send(a);
      expect([vat.memory(a), vat.memory(b)]).toEqual([{ n: 1 }, {}]);
    });

    it('R1 another text is another code, and objects keep the one they were made with', async () => {
      const first = await vat.install('version', `(args, power) => { power.memory.version = 1; }`);
      const second = await vat.install('version', `(args, power) => { power.memory.version = 2; }`);
      for (const each of [first, second]) await vat.send(each);
      expect([vat.memory(first), vat.memory(second)]).toEqual([{ version: 1 }, { version: 2 }]);
      expect(vat.object(first.id)['code']).not.toBe(vat.object(second.id)['code']);
    });

    it('R2 a turn names code by its hash, and a worker asks once for a text that it lacks', async () => {
      const mark = 'text-of-the-code';
      const text = `(args, power) => { power.memory.n = args; return '${mark}'; }`;
      const refs = [await vat.install('x', text), await vat.install('y', text)];
      await vat.crash();
      listen();
      for (const n of [1, 2, 3]) for (const ref of refs) await vat.send(ref, n);
      const withText = frames.filter((frame) => JSON.stringify(frame).includes(mark));
      expect(withText).toEqual([{ type: 'code', hash: hashOf(text), text }]);
      expect(asked).toEqual([hashOf(text)]);
      expect(frames.filter(({ type }) => type === 'turn')).toHaveLength(6);
      for (const ref of refs) expect(vat.memory(ref)).toEqual({ n: 3 });
    });

    it('R2 a hash that the kernel lacks is QRT_CODE_UNKNOWN, for this turn only', async () => {
      const lost = await vat.install('lost', `(args, power) => { power.memory.ran = 'lost'; }`);
      const kept = await vat.install('kept', `(args, power) => { power.memory.ran = 'kept'; }`);
      await vat.halt();
      vat.tamper(`DELETE FROM code WHERE text LIKE '%''lost''%'`);
      await vat.start();
      await vat.queue(lost);
      await vat.send(kept);
      expect((await vat.log('failure')).at(-1)).toContain('QRT_CODE_UNKNOWN');
      expect([vat.memory(lost), vat.memory(kept)]).toEqual([{}, { ran: 'kept' }]);
      // A text that does not have the hash is none.
      await vat.halt();
      vat.tamper(`UPDATE code SET text = '() => 1' WHERE text LIKE '%''kept''%'`);
      await vat.start();
      await vat.send(kept, 2);
      expect((await vat.log('failure')).at(-1)).toContain('QRT_CODE_UNKNOWN');
    });
  });

  it('R14 what went wrong in a turn stays here: a peer is never sent its text or stack', async () => {
    const net = makeTestNet();
    const secret = 'the-secret-of-the-failure';
    const target = await openTestVat({
      net,
      objects: {
        bad: `function leaky(args, power) { const e = Error('${secret}'); e.stack = '${secret}'; throw e; }`,
      },
    });
    const sender = await openTestVat({ net });
    await sender.queue(target.ref('bad'), 1);
    await net.run();
    const [failure] = await target.log('failure');
    expect(failure).toContain(secret);
    expect(failure).not.toMatch(/node:|worker\.cjs|\bat leaky/);
    const opened = net.sent.map(({ bytes }) => String(open(sender.keys, bytes)));
    expect(opened.length).toBeGreaterThan(1);
    expect(opened.filter((text) => text.includes(secret) || text.includes('leaky'))).toEqual([]);
    expect(JSON.stringify(await sender.log())).not.toContain(secret);
  });
});
