// The types for authors: what they accept runs, what they refuse does not, and they name exactly
// what there is.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeTestVat } from '../../src/testing/make-test-vat.ts';
import { ACCEPTED, REFUSED } from './typed-guests.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HEADER = readFileSync(join(ROOT, 'types/guest.d.ts'), 'utf8');

/** The jsconfig that the header of the types shows. */
const JSCONFIG = (/^\/\/ {3}\{\n(\/\/.*\n)*?\/\/ {3}\}$/m.exec(HEADER)?.[0] ?? '').replace(
  /^\/\//gm,
  '',
);

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('types for authors', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'qrt-guest-types-'));
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(ROOT, join(dir, 'node_modules/qrt'), 'dir');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** What the compiler says of a file, with the jsconfig that the header of the types shows. */
  const check = (names: readonly string[]): string[] => {
    const { config, error } = ts.parseConfigFileTextToJson('jsconfig.json', JSCONFIG);
    const parsed = ts.parseJsonConfigFileContent(
      { ...config, include: undefined, files: names },
      ts.sys,
      dir,
      {},
      join(dir, 'jsconfig.json'),
    );
    const program = ts.createProgram(parsed.fileNames, { ...parsed.options, allowJs: true });
    const found = [
      ...(error ? [error] : []),
      ...parsed.errors,
      ...ts.getPreEmitDiagnostics(program),
    ];
    return found.map(({ file, messageText, start }) => {
      const line = file && ts.getLineAndCharacterOfPosition(file, start ?? 0).line + 1;
      return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  };

  it('guests with types are accepted, and each mistake is shown', () => {
    for (const [name, text] of Object.entries(ACCEPTED))
      writeFileSync(join(dir, `${name}.js`), text);
    writeFileSync(join(dir, 'refused.js'), REFUSED);
    const names = [...Object.keys(ACCEPTED), 'refused'].map((name) => `${name}.js`);
    expect(check(names)).toEqual([]);
  });

  it('what is accepted runs', async () => {
    const vat = await makeTestVat();
    try {
      const bank = vat.outside('bank');
      const counter = await vat.install({ code: ACCEPTED.counter });
      const teller = await vat.install({
        code: ACCEPTED.teller,
        power: { limit: 5, bank },
        grants: ['log'],
      });
      const arrow = await vat.install({ code: ACCEPTED.arrow });
      const store = await vat.install({ code: ACCEPTED.methods });
      await vat.send(counter, { to: bank });
      await vat.send(teller, {});
      await vat.send(arrow, { to: bank });
      await vat.send(store, { method: 'put', key: 'a', value: [1] });
      await vat.send(store, { method: 'get', key: 'a', to: bank });
      const shop = await vat.install({ code: '() => 1' });
      const asker = await vat.install({ code: ACCEPTED.asker });
      await vat.send(asker, { shop, to: asker });
      const turns = await vat.run();
      expect(turns.map(({ status, failure }) => failure ?? status)).toEqual(Array(10).fill('done'));
      expect(await vat.memory(asker)).toMatchObject({ why: 'Error: none' });
      expect(await vat.memory(teller)).toEqual({ three: 3, again: 4, clone: 'hello' });
      expect(vat.outbox().map(({ args }) => args)).toEqual(
        expect.arrayContaining([{ weaker: 1, had: 5 }, { hello: 'you' }, [1]]),
      );
    } finally {
      await vat.close();
    }
  });

  it('the types name what there is, and what they call missing is missing', async () => {
    const { members, globals } = readTypes();
    const vat = await makeTestVat();
    try {
      const seen = vat.outside('seen');
      const code = `({ to }, power) => {
        const typeOf = (get) => { try { return typeof get(); } catch (error) { return error.name; } };
        const keys = (value) => Reflect.ownKeys(value).map(String).sort();
        to.sendOnly({
          Q: keys(Q), Power: keys(power), Reference: keys(Reflect.getPrototypeOf(to)),
          globals: { ${globals.map((name) => `${name}: typeOf(() => ${name})`).join(', ')} },
          calls: [() => Math.random(), () => Date.now(), () => new Date(), () => Date()].map(typeOf),
          own: keys(globalThis).filter((name) => ['Q', 'add', 'harden'].includes(name)),
        });
      }`;
      const probe = await vat.install({ code, grants: ['log'] });
      await vat.send(probe, { to: seen });
      await vat.run();
      expect(vat.outbox()).toEqual([
        {
          to: 'seen',
          args: {
            ...members,
            globals: Object.fromEntries(
              globals.map((name) => [
                name,
                { Q: 'object', add: 'function', harden: 'function' }[name] ?? 'undefined',
              ]),
            ),
            calls: Array(4).fill('TypeError'),
            own: ['Q', 'add', 'harden'],
          },
        },
      ]);
    } finally {
      await vat.close();
    }
  });

  it('every code that the types name is one of qrt', () => {
    const table = readFileSync(join(ROOT, 'src/core/error-table.ts'), 'utf8');
    const named = new Set(HEADER.match(/QRT_[A-Z_]*[A-Z]/g));
    expect(named.size).toBeGreaterThan(8);
    expect([...named].filter((code) => !table.includes(`  ${code}: entry(`))).toEqual([]);
  });
});

/** The members and globals in the file of types itself. */
function readTypes(): { members: Record<string, string[]>; globals: string[] } {
  const file = ts.createSourceFile('guest.d.ts', HEADER, ts.ScriptTarget.ES2023, true);
  const members: Record<string, string[]> = {};
  const globals: string[] = [];
  const membersIn = (node: ts.Node): string[] => {
    const names: string[] = [];
    ts.forEachChild(node, function visit(child): void {
      if ((ts.isPropertySignature(child) || ts.isMethodSignature(child)) && child.name) {
        const name = child.name.getText(file);
        names.push(name === '[Symbol.toStringTag]' ? 'Symbol(Symbol.toStringTag)' : name);
      } else ts.forEachChild(child, visit);
    });
    return names.sort();
  };
  ts.forEachChild(file, function visit(node): void {
    if (ts.isInterfaceDeclaration(node) && node.name.text === 'Reference') {
      members['Reference'] = membersIn(node);
    } else if (ts.isTypeAliasDeclaration(node) && node.name.text === 'Power') {
      members['Power'] = membersIn(node);
    } else if (ts.isVariableDeclaration(node)) {
      globals.push(node.name.getText(file));
      members[node.name.getText(file)] = membersIn(node);
    } else if (ts.isFunctionDeclaration(node)) {
      globals.push(node.name?.text ?? '');
    } else ts.forEachChild(node, visit);
  });
  return { members, globals };
}
