// `qrt`, `qrt/testing` and `qrt/guest` as somebody gets them who installs the package: packed, unpacked
// into node_modules, imported from JavaScript and TypeScript, and left without `close`.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { msUntilGone } from '../worker/processes.ts';
import { installPacked } from './packed.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A first test of an author, without a line that is not needed; it never closes its vat. */
const SCRIPT = `
import { readdirSync, readFileSync } from 'node:fs';
import { makeTestVat } from 'qrt/testing';

const vat = await makeTestVat();
const counter = await vat.install({ path: 'counter' });
const sink = await vat.sink();
await vat.send(counter, { add: 2, to: sink });
const [turn] = await vat.run();
const spinner = await vat.install({ code: '() => { for (;;); }' });
await vat.send(spinner);
const isSpinning = process.argv[2] === 'spin';
if (isSpinning) vat.step();
const children = readdirSync('/proc').filter((pid) => {
  if (!/^\\d+$/.test(pid)) return false;
  try {
    return readFileSync(\`/proc/\${pid}/status\`, 'utf8').includes(\`PPid:\\t\${process.pid}\\n\`);
  } catch {
    return false; // Gone meanwhile.
  }
});
// In line behind the step.
const memory = isSpinning ? null : await vat.memory(counter);
console.log(JSON.stringify({ status: turn.status, received: await sink.received(), children, memory }));
if (isSpinning) process.exit(0);
`;

const TYPED = `
import {
  makeTestVat, type OutsideReference, type TestObject, type TestPromise, type TurnResult,
} from 'qrt/testing';
import type { Json, Power, Reference } from 'qrt/guest';
import { openVat, QrtError, Rejection, type Reference as Handle, type Vat } from 'qrt';

const vat = await makeTestVat();
const object: TestObject = await vat.install({ path: 'counter', power: { to: vat.outside('bob') } });
const turn: TurnResult | undefined = await vat.step();
const target: TestObject | OutsideReference | TestPromise | undefined = turn?.sends[0]?.target;
// @ts-expect-error A test object is made by its vat.
await vat.send({ id: 'o1.0' }, {});
// @ts-expect-error There is no such status.
if (turn?.status === 'over') await vat.close();
export const json: Json = [1, { a: null }];
export const power = (given: Power<{ friend: Reference }>): Reference => given.friend;
export { object, target };

const opened: Vat = await openVat({ dir: 'NODE', create: { port: 7001 }, listen: false });
const counter: Handle = await opened.install({ path: 'counter', power: { friend: opened.reference('qrt:') } });
await counter.sendOnly({ add: 2, to: counter }, { id: 'once' });
const got: { count: number } = await counter.send<{ count: number }>({}, { deadlineMs: 5, id: 'a' });
const again: unknown = await opened.result('a');
// @ts-expect-error What an answer is nobody knows before it is looked at.
export const length: number = (await counter.send({})).length;
// @ts-expect-error A deadline is a number.
await counter.send({}, { deadlineMs: '5' });
export const rejected = (error: unknown) => error instanceof Rejection && [error.name, error.code];
export { again, got };
// @ts-expect-error A reference is made by a vat.
export const made: Handle = { qrid: async () => '', sendOnly: async () => undefined };
// @ts-expect-error There is no such option.
await openVat({ dir: 'NODE', creat: true });
export const codeOf = (error: unknown): string => {
  // @ts-expect-error There is no such code.
  if (error instanceof QrtError && error.code === 'QRT_NOTHING') return 'never';
  return error instanceof QrtError ? error.code : '';
};
`;

describe('the package', () => {
  let dir: string;
  const path = (...names: string[]): string => join(dir, ...names);

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'qrt-package-'));
    installPacked(dir);
    writeFileSync(path('script.js'), SCRIPT);
    writeFileSync(path('typed.ts'), TYPED);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const runScript = async (...args: string[]) => {
    const child = spawn(process.execPath, ['script.js', ...args], { cwd: dir, stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, stdout, stderr };
  };

  it('a test in plain JavaScript runs, and ends by itself although it forgot to close', async () => {
    const { code, stdout, stderr } = await runScript();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { children, ...said } = JSON.parse(stdout);
    expect(said).toEqual({ status: 'done', received: [{ count: 2 }], memory: { count: 2 } });
    if (process.platform === 'linux') expect(children).toHaveLength(1);
    for (const pid of children) await msUntilGone(Number(pid), 5_000);
  });

  it('a worker in an endless loop ends with the process of its test', async () => {
    const { code, stdout } = await runScript('spin');
    expect(code).toBe(0);
    for (const pid of JSON.parse(stdout).children) await msUntilGone(Number(pid), 5_000);
  });

  it('`exports` opens what is meant to be imported, and the command still runs', async () => {
    const text = `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const codeOf = (name) => { try { require.resolve(name); return 'found'; } catch (error) { return error.code; } };
      console.log(JSON.stringify([require('qrt/package.json').name, ...[
        'qrt/testing', 'qrt', 'qrt/embed', 'qrt/dist/kernel/vat.js', 'qrt/src/kernel/vat.ts',
      ].map(codeOf)]));`;
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
    const closed = 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    expect(JSON.parse(run('--input-type=module', '-e', text))).toEqual([
      'qrt',
      'found',
      'found',
      closed,
      closed,
      closed,
    ]);
    expect(run(path('node_modules/qrt/bin/qrt'), '--version')).toMatch(/\d+\.\d+\.\d+/);
  });

  const ways = [
    ['node16', ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ] as const;
  it.each(someOf(ways, 3))(
    'its types hold in TypeScript with %s, without skipLibCheck',
    (_, module, moduleResolution) => {
      const program = ts.createProgram([path('typed.ts')], {
        module,
        moduleResolution,
        strict: true,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2022.d.ts'],
        types: [],
        skipLibCheck: false,
      });
      const found = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
        return `${file?.fileName} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      });
      expect(found).toEqual([]);
      const seen = program.getSourceFiles().map(({ fileName }) => fileName);
      expect(
        seen.filter(
          (name) => name.startsWith(ROOT) && !/\/node_modules\//.test(name.slice(ROOT.length)),
        ),
      ).toEqual([]);
    },
  );
});
