// Secrets: whatever two nodes, their workers and their commands write, show or send in a full run is
// searched for the keys, swissnums and plaintexts of that run.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import ed2curve from 'ed2curve';
import nacl from 'tweetnacl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld, type World } from './kit.ts';
import { filesBelow, found, foundInMemory, type Needle, needle } from './needles.ts';

const KEEPER = `function keeper(args, power) {
  power.memory.kept = args;
  if (args.back) args.back.sendOnly({ text: args.text, echo: true });
  if (args.fail) throw Error('it fails');
}`;

/** Carries bytes on and keeps a copy of them. */
async function startRecorder(port: number, tape: Buffer[]): Promise<Server> {
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      a.on('data', (bytes: Buffer) => {
        tape.push(bytes);
        b.write(bytes);
      });
      a.on('close', () => b.destroy());
      a.on('error', () => b.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const isLinux = existsSync('/proc/self/mem') && process.getuid?.() === 0;

/** Forty commands, most of them in processes of their own. */
const RUN_MS_MAX = 180_000;

describe('the secrets of a run', () => {
  const world: World = makeWorld();
  const text = `plaintext-${randomBytes(16).toString('hex')}`;
  const tape: Buffer[] = [];
  const recorders: Server[] = [];
  /** What commands printed that were not asked for a QRID. */
  const printed: string[] = [];
  let keys: Needle[] = [];
  let swissnums: Needle[] = [];
  const plain = needle('plaintext', text);
  let worker = 0;
  let node = 0;

  const run = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await world.run(args, { env: { TMPDIR: world.path('tmp') } });
    printed.push(stdout, stderr);
  };

  beforeAll(async () => {
    world.write('keeper.js', KEEPER);
    await world.ok(['create-node', 'A']);
    await world.ok(['create-node', 'B']);
    for (const name of ['A', 'B']) {
      const config = JSON.parse(readFileSync(world.path(name, 'config.json'), 'utf8'));
      const recorder = await startRecorder(config.port, tape);
      recorders.push(recorder);
      const { port } = recorder.address() as { port: number };
      const urls = [`http://127.0.0.1:${port}`];
      world.write(`${name}/config.json`, JSON.stringify({ ...config, urls }));
    }
    mkdirSync(world.path('tmp'));
    await world.ok(['start', 'A', 'B'], { env: { TMPDIR: world.path('tmp') } });
    await world.ok(['gossip', 'A', 'B']);
    const a = await world.ok(['install', 'A', 'keeper.js']);
    const b = await world.ok(['install', 'B', 'keeper.js']);
    const args = JSON.stringify({ text });
    await world.ok(['send', '-d', 'A', b, args, '--ref', `back=${a}`, '--wait']);
    await world.ok(['send', '-d', 'A', a, JSON.stringify({ text, fail: true })]);
    await eventually(async () => (await world.status('B')).outbox.rows === 0);

    keys = ['A', 'B'].flatMap((name) => {
      const [, seedText = ''] = readFileSync(world.path(name, 'key'), 'utf8').split('\n');
      const seed = Buffer.from(seedText, 'base64url');
      const pair = nacl.sign.keyPair.fromSeed(seed);
      const box = ed2curve.convertSecretKey(pair.secretKey);
      return [needle(`seed of ${name}`, seed), needle(`box key of ${name}`, box)];
    });
    swissnums = [a, b].map((qrid, at) => {
      const [, swissnum = ''] = /\.([\w-]{43})/.exec(qrid) ?? [];
      return needle(`swissnum ${at}`, Buffer.from(swissnum, 'base64url'));
    });

    await run('status', 'A');
    await run('status', 'A', '--json');
    await run('log', 'A');
    await run('doctor', 'A');
    await run('doctor', 'A', '--json');
    await run('qrid', 'list', 'A');
    await run('peer', 'list', 'A', '--json');
    for (const table of [
      'objects',
      'memory',
      'inbox',
      'outbox',
      'qrids',
      'references',
      'counters',
    ]) {
      await run('dump', 'A', table);
      await run('dump', 'A', table, '--json');
    }
    // Wrong uses of right secrets: no error repeats them.
    await run('send', '-d', 'A', a.slice(0, -3), '{}');
    await run('send', '-d', 'A', `${a}%%`, '{}', '--json');
    await run('send', '-d', 'A', a, `{"text":"${text}",}`);
    await run('send', '-d', 'nowhere', a, '{}');
    // A worker that runs now.
    await world.ok(['send', '-d', 'A', a, args]);
    const status = await eventually(async () => {
      const now = await world.status('A');
      return now.workerPids?.length ? now : undefined;
    });
    worker = status.workerPids![0]!;
    node = status.pid!;
  }, RUN_MS_MAX);
  afterAll(async () => {
    for (const recorder of recorders) recorder.close();
    await world.end();
  });

  it('no command prints a key or a swissnum that it was not asked for', () => {
    expect(printed.join('\n')).toContain('QRT_QRID_MALFORMED');
    expect(found([...keys, ...swissnums], printed.join('\n'))).toEqual([]);
  });

  it('what goes over the wire shows no key, no swissnum and no plaintext', () => {
    expect(tape.length).toBeGreaterThan(3);
    expect(found([...keys, ...swissnums, plain], Buffer.concat(tape))).toEqual([]);
  });

  it.runIf(isLinux)('neither arguments nor environment of a process hold a secret', () => {
    for (const pid of [node, worker]) {
      for (const name of ['cmdline', 'environ', 'maps', 'status']) {
        const shown = readFileSync(`/proc/${pid}/${name}`);
        expect(found([...keys, ...swissnums, plain], shown)).toEqual([]);
      }
    }
    const names = readFileSync(`/proc/${worker}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(names.filter((each) => !/^(TZ=UTC|PWD=\/)$/.test(each))).toEqual([]);
  });

  it.runIf(isLinux)('the memory of a worker holds no key and no swissnum', () => {
    const all = [...keys, ...swissnums, plain];
    // That the search finds something shows that it looks in the right place.
    expect(foundInMemory(all, worker)).toEqual(['plaintext']);
    expect(foundInMemory(keys.slice(0, 1), node)).toEqual(['seed of A']);
  });

  it.runIf(isLinux)('a worker has no file open, and leaves no core', () => {
    const open = readdirSync(`/proc/${worker}/fd`).map((fd) =>
      readlinkSync(`/proc/${worker}/fd/${fd}`),
    );
    expect(open.length).toBeGreaterThan(2);
    expect(open.filter((each) => /^\//.test(each) && each !== '/dev/null')).toEqual([]);
    expect(open.filter((each) => each.startsWith('socket:')).length).toBeLessThanOrEqual(3);
    expect(readFileSync(`/proc/${worker}/limits`, 'utf8')).toMatch(/Max core file size +0 +0 /);
  });

  it('files are for their owner only, and keys are in the key file only', async () => {
    await world.ok(['stop', 'A', 'B']);
    for (const name of ['A', 'B']) {
      for (const { path, mode } of filesBelow(world.path(name))) {
        expect(`${path} ${mode}`).toMatch(/ (600|d700)$/);
        if (mode.startsWith('d') || path.endsWith('/key')) continue;
        expect([path, ...found([...keys, ...swissnums], readFileSync(path))]).toEqual([path]);
        if (path.endsWith('.log')) expect(found([plain], readFileSync(path))).toEqual([]);
      }
    }
    expect(readdirSync(world.path('tmp'))).toEqual([]);
  });

  it('a secret is found in every form in which it could leak', () => {
    const [key] = keys;
    const [bytes] = key!.forms;
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      for (const before of ['', 'x', 'xy', 'xyz']) {
        const leaked = Buffer.concat([Buffer.from(before), bytes!]).toString(form);
        expect(found(keys, `log ${leaked} end`)).toEqual([key!.name]);
      }
    }
    expect(found(keys, Buffer.concat([Buffer.from('memory'), bytes!]))).toEqual([key!.name]);
    expect(found([plain], `log ${text} end`)).toEqual(['plaintext']);
    expect(found([plain], 'nothing')).toEqual([]);
  });
});
