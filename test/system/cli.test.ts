// The command line with real processes: what works.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isAlive, makeWorld, processesOf, type World } from './kit.ts';

const RECORDER = `// Keeps what it gets.
function (args, power) {
  power.memory.values = power.memory.values || [];
  power.memory.values.push(args.value);
}`;

const values = async (world: World, dir: string): Promise<unknown> => {
  const [row] = await world.dump(dir, 'memory');
  return (JSON.parse(String(row?.['value'])) as { values?: unknown }).values;
};

describe('qrt', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.end());

  it('Q1: create-node makes a node 0700 with a key of its own, once', async () => {
    const first = await world.ok(['create-node', 'q1a', '--json']);
    const second = await world.ok(['create-node', 'q1b', '--json']);
    expect(JSON.parse(first).vat).not.toBe(JSON.parse(second).vat);
    expect(statSync(world.path('q1a')).mode & 0o777).toBe(0o700);
    expect(statSync(world.path('q1a', 'key')).mode & 0o777).toBe(0o600);
    const again = await world.run(['create-node', 'q1a']);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('QRT_NODE_EXISTS');
  });

  it('Q2: start serves a node once; after kill -9 it starts again', async () => {
    await world.startNew('q2');
    const { pid, running } = await world.status('q2');
    expect(running).toBe(true);
    const again = await world.run(['start', 'q2']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(`QRT_NODE_RUNNING`);
    expect(again.stderr).toContain(String(pid));

    await world.kill('q2');
    expect((await world.status('q2')).running).toBe(false);
    await world.ok(['start', 'q2']);
    expect((await world.status('q2')).pid).not.toBe(pid);
    await world.ok(['stop', 'q2']);
  });

  it('Q2: of two starts at once one serves and the other says that it runs', async () => {
    await world.ok(['create-node', 'q2b']);
    const both = await Promise.all([world.run(['start', 'q2b']), world.run(['start', 'q2b'])]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(both.map(({ stderr }) => stderr).join('')).toContain('QRT_NODE_RUNNING');
    await world.ok(['stop', 'q2b']);
  });

  it('Q3: gossip tells nodes of each other and of third ones, and again changes nothing', async () => {
    for (const dir of ['q3a', 'q3b', 'q3c']) await world.ok(['create-node', dir]);
    await world.ok(['start', 'q3b']);
    await world.ok(['gossip', 'q3a', 'q3b']);
    await world.ok(['gossip', 'q3b', 'q3c']);
    const again = await world.ok(['gossip', 'q3b', 'q3c', '--json']);
    const learnt = again.split('\n').map((line) => JSON.parse(line).learnt);
    expect(learnt).toEqual([0, 0]);
    // q3c never met q3a, but can send to it.
    const qrid = await world.install('q3a', RECORDER);
    const bare = qrid.replace(/@.*$/, '');
    await world.ok(['start', 'q3a', 'q3c']);
    await world.ok(['send', '-d', 'q3c', bare, '{"value":3}', '--wait']);
    await world.ok(['stop', 'q3a', 'q3b', 'q3c']);
  });

  it('Q4: the QRID that install prints works after a restart', async () => {
    await world.startNew('q4');
    const qrid = await world.install('q4', RECORDER);
    expect(qrid).toMatch(/^qrt:[\w-]{43}\.[\w-]{43}@http:\/\/127\.0\.0\.1:\d+$/);
    await world.ok(['stop', 'q4']);
    await world.ok(['start', 'q4']);
    await world.ok(['send', '-d', 'q4', qrid, '{"value":1}']);
    await eventually(async () => (await world.status('q4')).turns === 1);
    expect(await values(world, 'q4')).toEqual([1]);
    await world.ok(['stop', 'q4']);
  });

  it('Q5, Q6: a message to a node that is down arrives when it starts', async () => {
    await world.startNew('q5a', 'q5b');
    const qrid = await world.install('q5a', RECORDER);
    await world.ok(['stop', 'q5a']);
    await world.ok(['send', '-d', 'q5b', qrid, '{"value":1}']);
    const { links } = await eventually(async () => {
      const status = await world.status('q5b');
      return status.links[0]?.lastError === undefined ? undefined : status;
    });
    expect(links[0]?.oldestMs).toBeGreaterThan(0);
    await world.ok(['start', 'q5a']);
    await eventually(async () => (await world.status('q5a')).turns === 1);
    expect(await values(world, 'q5a')).toEqual([1]);
    await eventually(async () => (await world.status('q5b')).outbox.rows === 0);
    await world.ok(['stop', 'q5a', 'q5b']);
  });

  it('Q5: a message that a stopped node queued is delivered once it starts', async () => {
    await world.startNew('q5c');
    await world.ok(['create-node', 'q5d']);
    const qrid = await world.install('q5c', RECORDER);
    const ran = await world.run(['send', '-d', 'q5d', qrid, '{"value":1}']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('qrt start q5d');
    expect((await world.status('q5d')).outbox.rows).toBeGreaterThan(0);
    await world.ok(['start', 'q5d']);
    await eventually(async () => (await world.status('q5c')).turns === 1);
    await world.ok(['stop', 'q5c', 'q5d']);
  });

  it('the five lines of the first page work as they stand, with a guest that ships', async () => {
    await world.ok(['create-node', './NODE1']);
    await world.ok(['create-node', './NODE2']);
    await world.ok(['start', 'NODE1']);
    await world.ok(['start', 'NODE2']);
    await world.ok(['gossip', 'NODE1', 'NODE2']);
    const installed = await world.run(['install', 'NODE1', 'sample-methods']);
    expect(installed.stderr).toMatch(/shipped guest .*sample-methods/);
    const qrid = installed.stdout.trim();
    await world.ok(['send', '-d', 'NODE2', qrid, '{"method":"record","value":1}']);
    await eventually(async () => (await world.status('NODE1')).turns === 1);
    await world.ok(['stop', 'NODE1', 'NODE2']);
  });

  it('a path that exists wins over a guest that ships', async () => {
    await world.ok(['create-node', 'path']);
    mkdirSync(world.path('counter'));
    world.write('counter/main.js', '(args) => {}');
    const options = ['install', 'path', 'counter', '--json'];
    const own = JSON.parse(await world.ok(options));
    expect(own).toMatchObject({ path: 'counter', shipped: false, running: false });
    const shipped = JSON.parse(await world.ok(['install', 'path', 'sample-methods', '--json']));
    expect(shipped).toMatchObject({ shipped: true });
    expect(shipped.qrid).not.toBe(own.qrid);
  });

  it('send with an id takes effect once, running and stopped', async () => {
    await world.startNew('once');
    const qrid = await world.install('once', RECORDER);
    const send = ['send', '-d', 'once', qrid, '{"value":1}', '--id', 'my-id', '--json'];
    const first = JSON.parse(await world.ok(send));
    expect(first).toMatchObject({ id: 'my-id', to: 'inbox', stored: true, running: true });
    expect(JSON.parse(await world.ok(send))).toEqual(first);
    await eventually(async () => (await world.status('once')).turns === 1);
    await world.ok(['stop', 'once']);
    expect(JSON.parse(await world.ok(send))).toEqual({ ...first, running: false });
    const other = await world.run([...send.slice(0, 4), '{"value":2}', ...send.slice(5)]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('QRT_REQUEST_REUSED');
    await world.ok(['start', 'once']);
    expect(await values(world, 'once')).toEqual([1]);
    expect((await world.status('once')).turns).toBe(1);
    await world.ok(['stop', 'once']);
  });

  it('short commands and start wait for each other on a stopped node', async () => {
    await world.ok(['create-node', 'crowd']);
    const qrid = await world.install('crowd', RECORDER);
    const sends = [1, 2, 3, 4].map((value) =>
      world.ok(['send', '-d', 'crowd', qrid, JSON.stringify({ value })]),
    );
    await Promise.all([...sends, world.ok(['start', 'crowd'])]);
    await eventually(async () => (await world.status('crowd')).turns === 4);
    expect([...((await values(world, 'crowd')) as number[])].sort()).toEqual([1, 2, 3, 4]);
    await world.ok(['stop', 'crowd']);
  });

  it('send takes its node from -d, then QRT_DIR, then the current directory', async () => {
    for (const dir of ['here', 'there']) await world.ok(['create-node', dir]);
    const qrid = await world.install('here', RECORDER);
    const rows = async (dir: string) => (await world.status(dir)).inbox.rows;
    await world.ok(['send', qrid, '{}'], { cwd: 'here' });
    expect(await rows('here')).toBe(1);
    await world.ok(['send', qrid, '{}'], { env: { QRT_DIR: 'here' } });
    expect(await rows('here')).toBe(2);
    await world.ok(['send', '-d', 'here', qrid, '{}'], { env: { QRT_DIR: 'there' } });
    expect(await rows('here')).toBe(3);
    await world.ok(['send', '-d', 'here', qrid, '-'], { input: '{"value":4}' });
    expect(await rows('here')).toBe(4);
    const ran = await world.run(['send', qrid, '{}']);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('QRT_NODE_UNCHOSEN');
    expect(JSON.parse(await world.ok(['status', '--json'], { cwd: 'here' })).inbox.rows).toBe(4);
  });

  it('references are placed in args and power where --ref says', async () => {
    await world.startNew('refs');
    const target = await world.install('refs', RECORDER);
    const forwarder = await world.install(
      'refs',
      '(args, power) => { power.out.to.sendOnly({ value: 1 }); args.list[1].sendOnly({ value: 2 }); }',
      ['--power', '{"out":{}}', '--ref', `out.to=${target}`],
    );
    const args = '{"list":[0,null]}';
    await world.ok(['send', '-d', 'refs', forwarder, args, '--ref', `list[1]=${target}`]);
    await eventually(async () => (await world.status('refs')).turns === 3);
    expect(await values(world, 'refs')).toEqual([1, 2]);
    await world.ok(['stop', 'refs']);
  });

  it('two nodes in a directory 200 bytes deep are not mixed up', async () => {
    const deep = join(...Array.from({ length: 10 }, (_, n) => `${n}`.repeat(20)));
    mkdirSync(world.path(deep), { recursive: true });
    const [one, two] = [join(deep, 'one'), join(deep, 'two')];
    await world.startNew(one, two);
    const [first, second] = [await world.status(one), await world.status(two)];
    expect(first.vat).not.toBe(second.vat);
    const qrid = await world.install(one, RECORDER);
    await world.ok(['send', '-d', two, qrid, '{"value":1}', '--wait']);
    await world.ok(['stop', one]);
    expect((await world.status(one)).running).toBe(false);
    expect((await world.status(two)).running).toBe(true);
    await world.ok(['stop', two]);
  });

  it('stop ends the process, its worker and its socket', async () => {
    await world.startNew('stop');
    const qrid = await world.install('stop', RECORDER);
    await world.ok(['send', '-d', 'stop', qrid, '{"value":1}']);
    const { pid } = await world.status('stop');
    expect(pid).toBeDefined();
    await world.ok(['stop', 'stop']);
    await eventually(() => !isAlive(pid ?? 0), 1_000);
    expect(processesOf(world.path('stop'))).toEqual([]);
    expect(statSync(world.path('stop', 'control.sock'), { throwIfNoEntry: false })).toBe(undefined);
  });

  it('log and dump read a node that runs and one that is stopped', async () => {
    await world.startNew('read');
    const qrid = await world.install(
      'read',
      '(args, power) => { power.log("got " + args); if (args === 2) throw Error("no two"); }',
      ['--grant', 'log'],
    );
    for (const value of [1, 2, 3]) await world.ok(['send', '-d', 'read', qrid, `${value}`]);
    const rows = await eventually(async () => {
      const found = await world.log('read');
      return found.length === 3 ? found : undefined;
    });
    expect(rows.map(({ level }) => level)).toEqual(['log', 'failure', 'log']);
    expect(rows[1]?.['text']).toContain('no two');
    await world.ok(['stop', 'read']);
    expect(await world.log('read')).toEqual(rows);
    expect(await world.dump('read', 'objects')).toMatchObject([{ id: 'o1.0', powerless: false }]);
    expect(await world.ok(['dump', 'read'])).not.toContain(qrid.slice(48, 91));
  });

  it('help of each command shows an example', async () => {
    const help = await world.ok(['--help']);
    const commands = [...help.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name ?? '');
    expect(commands).toContain('create-node');
    for (const command of commands) {
      expect(await world.ok([command, '--help'])).toMatch(/Examples?:\n {2}\$ qrt /);
    }
    expect(await world.ok(['--version'])).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
