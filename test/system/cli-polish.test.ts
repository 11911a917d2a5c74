// The command line with real processes: what it looks like, on a terminal and in a pipe.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { openByHand } from '../sim/hand.ts';
import { someOf } from '../thorough.ts';
import { eventually, makeWorld, type World } from './kit.ts';
import { runOnTerminal } from './pty.ts';

const WRITER = `function ({ say, to, fail }, { memory, log }) {
  if (say) memory.said = say;
  if (to) memory.friends = [to];
  if (say && log) log(say);
  if (fail) throw Error(fail);
}`;
const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));
/** Every character that could break a row or move the cursor. */
const HOSTILE = 'a\tb\nc\r\u001b[2J\u001b[31md\u202ee\u009b2J\u007f';

/** The two that take longest take turns. */
const tried = someOf(['dump', 'doctor'], 2);

describe('what qrt looks like', () => {
  let world: World;
  let writer: string;
  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('up');
    writer = await world.install('up', WRITER, ['--grant', 'log']);
    const send = (args: object, ...options: string[]) =>
      world.ok(['send', '-d', 'up', writer, JSON.stringify(args), ...options]);
    await send({ say: HOSTILE });
    await send({ fail: HOSTILE });
    await send({}, '--ref', `to=${writer}`);
    await eventually(async () => (await world.status('up')).turns === 3);
  });
  afterAll(() => world.end());

  const onTerminal = (line: string, env?: Record<string, string>) =>
    runOnTerminal({ cwd: world.dir, line, ...(env && { env }) });

  it('a table in a pipe has a header, and as many TABs in each row as there are columns', async () => {
    const [head = '', ...rows] = (await world.ok(['dump', 'up', 'memory'])).split('\n');
    expect(head).toBe('id\towner\tvalue\tslots');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.split('\t')).toHaveLength(4);
    const all = await world.ok(['dump', 'up']);
    expect(all).not.toMatch(/[^\n\t\P{Cc}]/u);
    expect(all).not.toContain('\u202e');
  });

  it('a table on a terminal is aligned and holds no control character of a guest', async () => {
    const shown = await onTerminal('dump up memory');
    expect(shown).toMatch(/^id {4}owner {2}value .*slots\nm1\.1 {2}1 {6}/);
    expect(shown).not.toMatch(/[^\n\P{Cc}]/u);
  });

  it('log lines stay lines; only the level is coloured, and not with NO_COLOR', async () => {
    const coloured = await onTerminal('log up');
    expect(coloured).toContain('\u001b[31mfailure\u001b[0m o1.0 Error: a\\u0009b');
    expect(coloured.trimEnd().split('\n')).toHaveLength(2);
    const plain = await onTerminal('log up', { NO_COLOR: '1' });
    expect(plain).not.toContain('\u001b');
    expect(await world.ok(['log', 'up'])).not.toContain('\u001b');
  });

  it('the state of a node and an error are coloured on a terminal', async () => {
    const status = await onTerminal('status up');
    expect(status).toContain('up: \u001b[32mrunning\u001b[0m as process ');
    const error = await onTerminal('status nowhere');
    expect(error).toContain('qrt: \u001b[31mQRT_NODE_MISSING\u001b[0m: ');
  });

  it('what takes long says so on a terminal, and takes it away again', async () => {
    const nobody = `qrt:${makeVatId(new Uint8Array(32).fill(9))}.${'A'.repeat(43)}`;
    const line = `send -d up ${nobody}@http://127.0.0.1:9 1 --wait --timeout 2`;
    const shown = await onTerminal(line);
    expect(shown).toContain('waiting until the receiver has stored it … 1 s');
    expect(shown.split('\r\u001b[2K').at(-1)).toMatch(/^qrt: .*QRT_WAIT_EXPIRED/);
    const piped = await world.run(line.split(' '));
    expect(piped.stderr).toMatch(/^qrt: QRT_WAIT_EXPIRED[^\r]*\n$/);
  });

  it('dump --json is one line per command, streamed or not', async () => {
    const one = await world.ok(['dump', 'up', 'references', '--json']);
    expect(JSON.parse(one)).toMatchObject([
      { kind: 'memory', from: 'm1.1', holders: ['o1.0'], place: 'memory.friends[0]', to: 'o1.0' },
    ]);
    const all = await world.ok(['dump', 'up', '--json']);
    expect(all.split('\n')).toHaveLength(1);
    expect(Object.keys(JSON.parse(all))).toContain('quarantine');
    expect(JSON.parse(await world.ok(['dump', 'up', 'inbox', '--json']))).toEqual([]);
    expect(JSON.parse(await world.ok(['dump', 'up', 'counters', '--json']))).toMatchObject({
      turns_done: 3,
    });
  });

  it('JSON holds no raw character that a terminal obeys, and the same values', async () => {
    for (const line of ['log up', 'dump up', 'dump up memory']) {
      const text = await world.ok([...line.split(' '), '--json']);
      expect(text).toContain('d\\u202ee\\u009b2J\\u007f');
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    }
    const rows = JSON.parse(await world.ok(['dump', 'up', 'memory', '--json'])) as {
      value: string;
    }[];
    expect(JSON.parse(rows[0]?.value ?? '')).toMatchObject({ said: HOSTILE });
  });

  it.runIf(tried.includes('dump'))(
    'a dump whose reader stands still waits for it, and holds no more than a few rows',
    async () => {
      await world.ok(['create-node', 'full']);
      fillInbox(world.path('full', 'vat.db'), { rows: 50_000, text: 'x'.repeat(2_000) });
      const child = spawn(process.execPath, [QRT, 'dump', world.path('full'), 'inbox', '--json']);
      const closed = once(child, 'close');
      await eventually(() => child.stdout.readableLength > 0);
      await delay(2_000);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
      let bytes = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      await closed;
      expect(bytes).toBeGreaterThan(100_000_000);
      expect(Number(kibibytes)).toBeLessThan(120_000);
    },
  );

  it('dump shows no swissnum, in none of its tables', async () => {
    const [, swissnum = ''] = /\.([\w-]{43})/.exec(writer) ?? [];
    const shown = (await world.ok(['dump', 'up'])) + (await world.ok(['dump', 'up', '--json']));
    expect(swissnum).not.toBe('');
    expect(shown).not.toContain(swissnum);
    expect(shown).not.toContain(Buffer.from(swissnum, 'base64url').toString('hex').slice(0, 16));
  });

  it('filters of dump and log reach the disk', async () => {
    const rows = JSON.parse(await world.ok(['dump', 'up', 'objects', '--owner', '7', '--json']));
    expect(rows).toEqual([]);
    const refused = await world.run(['dump', 'up', 'outbox', '--owner', '1']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('QRT_ARGUMENT_INVALID: --owner: not for outbox');
    const failures = await world.ok(['log', 'up', '--level', 'failure', '--since', '1h']);
    expect(failures.split('\n')).toHaveLength(1);
    expect(await world.ok(['log', 'up', '--since', '2100-01-01'])).toBe('');
    expect((await world.run(['log', 'up', '--since', 'soon'])).code).toBe(2);
    expect((await world.run(['log', 'up', '--level', 'all'])).code).toBe(2);
  });

  it.runIf(tried.includes('doctor'))(
    'doctor of a running node asks its own URL and its peers, and exits 2 when one check fails',
    async () => {
      await world.startNew('other');
      const qrid = await world.install('other', WRITER);
      await world.ok(['send', '-d', 'up', qrid, '{}', '--wait']);
      const doctor = async () => {
        const { code, stdout, stderr } = await world.run(['doctor', 'up', '--json']);
        const checks = stdout.trimEnd().split('\n');
        return { code, stderr, checks: checks.map((line) => JSON.parse(line)) };
      };
      const well = await doctor();
      expect(well).toMatchObject({ code: 0, stderr: '' });
      const peer = `peer ${(await world.status('other')).vat.slice(0, 10)}`;
      expect(well.checks).toContainEqual({
        check: peer,
        state: 'ok',
        found: expect.stringContaining('it answers'),
      });
      expect(well.checks).toContainEqual({
        check: 'port',
        state: 'ok',
        found: expect.stringContaining('this vat answers'),
      });
      await world.ok(['stop', 'other']);
      const alone = await doctor();
      expect(alone.code).toBe(0);
      expect(alone.checks).toContainEqual(expect.objectContaining({ check: peer, state: 'warn' }));
      chmodSync(world.path('up', 'key'), 0o644);
      const open = await doctor();
      expect(open.code).toBe(2);
      expect(JSON.parse(open.stderr)).toMatchObject({ error: { code: 'QRT_DOCTOR_FAILED' } });
      const rows = (await world.run(['doctor', 'up'])).stdout.replace(/\n$/, '').split('\n');
      expect(rows[0]).toBe('state\tcheck\tfound\tadvice');
      expect(rows.every((row) => row.split('\t').length === 4)).toBe(true);
      expect(rows.join()).toContain('chmod 600');
      chmodSync(world.path('up', 'key'), 0o600);
      const shown = await onTerminal('doctor up');
      expect(shown).toContain('\u001b[32mok\u001b[0m    node ');
      expect(shown).toContain('\u001b[33mwarn\u001b[0m  peer ');
      expect((await world.run(['doctor', 'nowhere'])).stderr).toContain('QRT_NODE_MISSING');
    },
  );

  it('completion prints a script with which bash completes commands', async () => {
    const script = await world.ok(['completion', 'bash']);
    const typed = `${script}\nCOMP_WORDS=(qrt sta); COMP_CWORD=1; _qrt; echo "\${COMPREPLY[*]}"`;
    const offered = execFileSync('bash', ['-c', typed], { encoding: 'utf8' });
    expect(offered).toBe('start status\n');
    expect(await world.ok(['completion', 'zsh'])).toMatch(/^#compdef qrt\n/);
    expect((await world.run(['completion', 'fish'])).code).toBe(2);
  });

  it('run --help prints a unit; with the privileges that it leaves a node has its worker', async () => {
    const help = await world.ok(['run', '--help']);
    expect(help).toContain('\nNoNewPrivileges=yes\nCapabilityBoundingSet=\n');
    const [, command = ''] = /^ExecStart=(.*) run /m.exec(help) ?? [];
    const isRoot = process.geteuid?.() === 0;
    const taken = ['--no-new-privs', ...(isRoot ? ['--bounding-set=-all', '--inh-caps=-all'] : [])];
    await world.ok(['create-node', 'unit']);
    const text = execFileSync(
      'setpriv',
      [...taken, '--', ...command.split(' '), 'doctor', 'unit', '--json'],
      { cwd: world.dir, encoding: 'utf8' },
    );
    const checks = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    // Root without its rights may not make the namespaces that any other user may.
    if (!isRoot) {
      expect(checks).toContainEqual(expect.objectContaining({ check: 'sandbox', state: 'ok' }));
    }
    expect(checks).toContainEqual(expect.objectContaining({ check: 'worker', state: 'ok' }));
  });

  it('version says what this qrt is made of', async () => {
    const versions = JSON.parse(await world.ok(['version', '--json']));
    expect(Object.keys(versions)).toEqual(['qrt', 'schema', 'wire', 'node', 'ses']);
    expect(versions).toMatchObject({ wire: 1, node: process.versions.node });
    expect(versions.schema).toBeGreaterThanOrEqual(1);
    expect(versions.ses).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await world.ok(['--version'])).toBe(versions.qrt);
    expect(await world.ok(['version'])).toContain(`qrt\t${versions.qrt}\n`);
  });
});

/** Messages that wait, as if a peer had sent more than this node could run. */
function fillInbox(path: string, { rows, text }: { rows: number; text: string }): void {
  const db = openByHand(path);
  const insert = db.prepare(`
    INSERT INTO inbox (owner, seq, share, target, body, slots, trace, attempts_limit,
      attempts_unknown, bytes)
    VALUES (0, ?, 'operator', 'o0.0', ?, '[]', 't', 0, 0, ?)`);
  db.transaction(() => {
    for (let seq = 1; seq <= rows; seq += 1) insert.run(seq, JSON.stringify(text), text.length);
  })();
  db.close();
}
