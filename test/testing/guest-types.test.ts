// The types for authors: what they accept runs, what they refuse does not, and they name exactly
// what there is.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeTestVat } from '../../src/testing/make-test-vat.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HEADER = readFileSync(join(ROOT, 'types/guest.d.ts'), 'utf8');

/** Guests that the types accept, and that do what they say. */
const ACCEPTED = {
  counter: `
    /** @import { Args, Power, Reference } from 'qrt/guest' */
    /**
     * @param {Args<{ add: number, to: Reference }>} args
     * @param {Power<{}, { count?: number }>} power
     */
    function counter({ add = 1, to }, { memory }) {
      memory.count = (memory.count ?? 0) + add;
      to?.sendOnly({ count: memory.count, me: [to, { deep: to }] });
      if (to) Q.sendOnly(to, null);
    }`,
  teller: `
    /** @import { Args, Log, Power, Reference } from 'qrt/guest' */
    /**
     * @param {Args} args
     * @param {Power<{ limit: number, bank: Reference, log: Log }>} power
     */
    function teller(args, power) {
      const { limit, bank, log, memory, make_object } = power;
      log('limit ' + limit.toFixed(1));
      const child = make_object('(args) => args + 1', null);
      memory.three = Q.call(child, 2);
      memory.again = child.call(3);
      const clone = make_object('(args, { memory }) => { memory.clone = args; }', power);
      clone.call('hello');
      const weaker = add(power, { limit: 1, memory: null });
      bank.sendOnly({ weaker: weaker.limit, had: power.limit });
      make_object('() => {}', add(power, { memory: {} }));
      harden(weaker);
    }`,
  arrow: `
    /** @import { Code, Reference } from 'qrt/guest' */
    /** @type {Code<{ name: string, to: Reference }>} */
    ({ name, to }) => to?.sendOnly({ hello: name ?? 'you' })`,
  asker: `
    /** @import { Args, Fulfilled, Power, Reference, Rejected } from 'qrt/guest' */
    /**
     * @param {Args<{ shop: Reference, to: Reference }> & Fulfilled<number, { tip: number }> & Rejected} args
     * @param {Power<{}, { waiting?: Reference, sum?: number, why?: string }>} power
     */
    function asker({ shop, to, value, context, error }, { memory }) {
      if (shop && to) {
        const { promise, resolver } = Q.promise();
        const answers = Q.all([shop.send({ buy: 'tea' }), Q.send(shop, { buy: 'milk' }, { deadlineMs: 5 }), promise]);
        memory.waiting = Q.when(answers, { fulfilled: to, rejected: to, context: { tip: 1 } });
        Q.first([answers, Q.settled([answers, 1])]).sendOnly({ value: null });
        Q.deadline(Q.when(answers, { rejected: to }), 60_000);
        if (!Q.isPromise(to) && Q.isReference(to)) resolver.sendOnly({ error: { name: 'Error', message: 'none' } });
      }
      if (error?.code === 'NONE') return Q.reject({ message: 'none', code: error.code });
      if (error?.name === 'None') return Q.reject(error);
      if (error) memory.why = error.code ?? error.name + ': ' + error.message;
      const tip = typeof context === 'object' && context && 'tip' in context ? context.tip : 0;
      if (typeof value === 'number' && typeof tip === 'number') memory.sum = value + tip;
    }`,
  methods: `
    /** @import { Args, Data, Power, Reference } from 'qrt/guest' */
    /**
     * @typedef {{ method: 'put', key: string, value: Data }
     *   | { method: 'get', key: string, to: Reference }} Wanted
     * @param {Args<Wanted>} args
     * @param {Power<{}, { entries?: Record<string, Data> }>} power
     */
    function store(args, { memory }) {
      memory.entries ??= {};
      if (args.method === 'put' && args.key) memory.entries[args.key] = args.value ?? null;
      if (args.method === 'get' && args.key && args.to) args.to.sendOnly(memory.entries[args.key] ?? null);
    }`,
} as const;

/** Each line but the first is a mistake that an editor shows. */
const REFUSED = `
/** @import { Args, Power, Reference } from 'qrt/guest' */
/**
 * @param {Args<{ add: number, to: Reference }>} args
 * @param {Power<{ limit: number, list: number[] }, { count?: number }>} power
 */
function refused({ add, to }, power) {
  const { memory, make_object, limit, list, log } = power;
  // @ts-expect-error It may be missing.
  to.sendOnly({ add });
  if (!to || add === undefined) return;
  // @ts-expect-error A message needs args.
  to.sendOnly();
  // @ts-expect-error A function cannot be carried.
  to.sendOnly({ callback: () => 1 });
  // @ts-expect-error Nor can undefined.
  to.sendOnly({ count: memory.count });
  // @ts-expect-error Nor a date.
  to.sendOnly({ when: new Date(0) });
  // @ts-expect-error Nor a map.
  to.sendOnly(new Map());
  // @ts-expect-error Nor a bigint.
  to.sendOnly(1n);
  // @ts-expect-error A promise is no thenable.
  to.send({}).then(() => 1);
  // @ts-expect-error Continuations are objects.
  Q.when(to, { fulfilled: () => 1 });
  // @ts-expect-error One is needed.
  Q.when(to, { context: 1 });
  // @ts-expect-error A reason says something.
  Q.reject({ code: 'NONE' });
  // @ts-expect-error It is a number, as it is the only option.
  Q.deadline(to, { deadlineMs: 5 });
  // @ts-expect-error No such option.
  to.send({}, { deadline: 5 });
  // @ts-expect-error A reference has no other method.
  to.post({});
  // @ts-expect-error A fake is no reference.
  Q.sendOnly({ sendOnly() {}, call() {} }, {});
  // @ts-expect-error Memory cannot be replaced.
  power.memory = {};
  // @ts-expect-error Static data does not change.
  power.limit = 2;
  // @ts-expect-error Not below, either.
  list.push(limit);
  // @ts-expect-error A log is there only if it was granted.
  log('line');
  // @ts-expect-error Code is text.
  make_object(() => {});
  // @ts-expect-error The memory has no such field.
  memory.other = 1;
  // @ts-expect-error There are no timers.
  setTimeout(() => {}, 10);
  // @ts-expect-error There is no network.
  fetch('http://example.org');
  // @ts-expect-error There is no console.
  console.log(1);
  // @ts-expect-error There is no process.
  process.exit();
  // @ts-expect-error There are no modules.
  require('fs');
}`;

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
