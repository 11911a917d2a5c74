// Folders as `qrt install` takes them, with real processes and nodes.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld, type Ran, type World } from './kit.ts';

/** Makes a child on its first message and hands everything on to it. */
const MAIN = `// Front: comes first and keeps nothing of what it is told.
function front({ to, value }, { memory, make_object, code, server, title, log }) {
  memory.desk ??= make_object(code.desk, { memory: { title }, server });
  memory.desk.sendOnly({ value });
  log(title);
}
`;
const DESK = `// Desk: keeps what it is told, and tells the server how much that was.
({ value }, { memory, server }) => {
  memory.last = value;
  Q.sendOnly(server, { add: value });
}
`;
const FILES = {
  'main.js': MAIN,
  'desk.js': DESK,
  'desk.test.js': 'import { it } from "node:test";',
  'power.json': '{"title":"Reception"}',
  'qrt.json': '{"name":"Front office","grants":["log"],"refs":{"server":"adds up all values"}}',
  'README.md': '# Front office',
};
const SAFE = 'Its QRID is shown only this once; keep it safe:';

describe('qrt install of a folder', () => {
  let world: World;
  let server: string;
  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('HERE', 'THERE');
    await world.ok(['gossip', 'HERE', 'THERE']);
    server = await world.ok(['install', 'THERE', 'counter']);
    folder('office', FILES);
  });
  afterAll(() => world.end());

  function folder(name: string, files: Readonly<Record<string, string>>): void {
    mkdirSync(world.path(name));
    for (const [file, text] of Object.entries(files)) world.write(`${name}/${file}`, text);
  }
  const expectRefusal = (ran: Ran, code: string, exit: number): void => {
    expect(ran.stderr).toMatch(new RegExp(`^qrt: ${code}: .+`));
    expect([ran.code, ran.stdout]).toEqual([exit, '']);
  };
  const objectsOf = async (): Promise<number> => (await world.status('HERE')).objects;

  it('its root makes children of power.code, which send to a reference in another node', async () => {
    const given = ['--grant', 'log', '--ref', `server=${server}`, '--label', 'for Bob'];
    const ran = await world.run(['install', 'HERE', 'office', ...given]);
    expect(ran.stderr).toBe(
      `Installed office as o1.0. ${SAFE}\n  granted log; references server; code desk\n`,
    );
    expect(ran.stdout).toMatch(/^qrt:\S+\n$/);
    await world.ok(['send', '-d', 'HERE', ran.stdout.trim(), '{"value":5}']);
    await world.ok(['send', '-d', 'HERE', ran.stdout.trim(), '{"value":7}']);
    await eventually(async () => {
      const [counter] = await world.dump('THERE', 'memory');
      return counter?.['value'] === '{"count":12}';
    });
    const values = (await world.dump('HERE', 'memory')).map(({ value }) => value);
    expect(values).toContain('{"title":"Reception","last":7}');
    const logged = (await world.log('HERE')).map(({ text }) => text);
    expect(logged).toEqual(['Reception', 'Reception']);
    const objects = await world.dump('HERE', 'objects');
    expect(objects[0]).toMatchObject({ installation: 'Front office' });
  });

  it('is refused while something is missing, with what to type, and installs nothing', async () => {
    const before = await objectsOf();
    const ran = await world.run(['install', 'HERE', 'office']);
    expectRefusal(ran, 'QRT_BUNDLE_INCOMPLETE', 2);
    expect(ran.stderr).toMatch(
      / with:\n {2}--grant log\n {2}--ref server=QRID {3}adds up all values\n$/,
    );
    const json = await world.run(['install', 'HERE', 'office', '--grant', 'log', '--json']);
    expect(json).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(json.stderr).error.code).toBe('QRT_BUNDLE_INCOMPLETE');
    expect(json.stderr).not.toContain('--grant');
    expect(await objectsOf()).toBe(before);
  });

  it('asked again with the same id it is installed once', async () => {
    const given = ['--grant', 'log', '--ref', `server=${server}`, '--id', 'office-1', '--json'];
    const first = await world.ok(['install', 'HERE', './office/', ...given]);
    expect(await world.ok(['install', 'HERE', './office/', ...given])).toBe(first);
    expect(JSON.parse(first)).toMatchObject({
      path: './office/',
      name: 'Front office',
      shipped: false,
      running: true,
      grants: ['log'],
      references: ['server'],
      codes: ['desk'],
    });
    const other = await world.run(['install', 'HERE', './office/', ...given, '--label', 'x']);
    expect(JSON.parse(other.stderr).error.code).toBe('QRT_REQUEST_REUSED');
  });

  it('code of any of its files is refused with file, line, column and a caret', async () => {
    const before = await objectsOf();
    folder('broken', {
      'main.js': '(args) => {}',
      'child.js': '// Child.\n(args) => {\n  await args;\n}',
    });
    const ran = await world.run(['install', 'HERE', 'broken']);
    expectRefusal(ran, 'QRT_CODE_REFUSED', 3);
    expect(ran.stderr).toMatch(/ broken\/child.js:3:3: `await` is not allowed/);
    expect(ran.stderr).toContain('\n    await args;\n    ^\n');
    world.write('broken/main.js', '(args) => {');
    const root = await world.run(['install', 'HERE', 'broken']);
    expect(root.stderr).toContain('QRT_CODE_REFUSED: broken/main.js:1:');
    expect(await objectsOf()).toBe(before);
  });

  it('that is malformed, or a label that is, is refused before the node is asked', async () => {
    const before = await objectsOf();
    folder('unknown', { 'main.js': '() => {}', 'qrt.json': '{"grants":["fs"]}' });
    expectRefusal(await world.run(['install', 'HERE', 'unknown']), 'QRT_BUNDLE_INVALID', 2);
    mkdirSync(world.path('empty'));
    expectRefusal(await world.run(['install', 'HERE', 'empty']), 'QRT_BUNDLE_INVALID', 2);
    for (const label of ['', 'a\nb', 'x'.repeat(101)]) {
      const ran = await world.run(['install', 'HERE', 'counter', '--label', label]);
      expectRefusal(ran, 'QRT_ARGUMENT_INVALID', 2);
      expect(ran.stderr).toContain('--label');
    }
    expect(await objectsOf()).toBe(before);
  });

  it('one that is called like a shipped guest wins if it has a root', async () => {
    mkdirSync(world.path('counter'));
    const installed = async () => (await world.run(['install', 'HERE', 'counter'])).stderr;
    expect(await installed()).toMatch(
      new RegExp(`^Installed the shipped guest \\S+/vats/counter.js as o\\d+.0. ${SAFE}\n$`),
    );
    world.write('counter/main.js', '() => {}');
    expect(await installed()).toMatch(/^Installed counter as o\d+.0. /);
    rmSync(world.path('counter'), { recursive: true });
    // What a shell does for `qrt install HERE counter | tee counter`.
    writeFileSync(world.path('counter'), '');
    const ran = await world.run(['install', 'HERE', 'counter']);
    expectRefusal(ran, 'QRT_CODE_REFUSED', 3);
    expect(ran.stderr).toContain('A path before you wins: this is not the shipped guest counter.');
    rmSync(world.path('counter'));
  });

  it('a plain file says in one line what it became', async () => {
    world.write('ledger.js', '() => {}');
    const ran = await world.run(['install', 'HERE', 'ledger.js', '--grant', 'log']);
    expect(ran.stderr).toMatch(new RegExp(`^Installed ledger.js as o\\d+.0. ${SAFE}\n$`));
  });
});
