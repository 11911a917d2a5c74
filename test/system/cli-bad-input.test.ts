// The command line with real processes: what is refused, with its code and exit status.

import { once } from 'node:events';
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatQrid, makeSwissnum, makeVatId, type VatId } from '../../src/core/ids.ts';
import { eventually, makeWorld, type Ran, type World } from './kit.ts';

const EMPTY = '(args) => {}';
const KIB = 1024;

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const qridOf = (vat: string, hint?: string): string => {
  const bare = { vat: vat as VatId, swissnum: makeSwissnum(key(7)) };
  return formatQrid(hint === undefined ? bare : { ...bare, hint });
};
/** The vat of nobody. */
const STRANGER = makeVatId(key(9));

describe('bad input', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('up');
    await world.ok(['create-node', 'down']);
  });
  afterAll(() => world.end());

  const expectRefusal = (ran: Ran, code: string, exit: number): void => {
    expect(ran.stderr).toMatch(new RegExp(`^qrt: ${code}: .+`, 'm'));
    expect([ran.code, ran.stdout]).toEqual([exit, '']);
  };
  const rowsOf = async (dir: string) => {
    const { inbox, outbox, objects } = await world.status(dir);
    return [inbox.rows, outbox.rows, objects];
  };

  it('a directory without a node is refused by every command', async () => {
    const commands = [
      ['start', 'nowhere'],
      ['run', 'nowhere'],
      ['stop', 'nowhere'],
      ['status', 'nowhere'],
      ['gossip', 'up', 'nowhere'],
      ['install', 'nowhere', 'x.js'],
      ['send', '-d', 'nowhere', qridOf(STRANGER), '{}'],
      ['log', 'nowhere'],
      ['dump', 'nowhere'],
    ];
    const all = await Promise.all(commands.map((args) => world.run(args)));
    for (const ran of all) expectRefusal(ran, 'QRT_NODE_MISSING', 2);
  });

  it('commands and options that do not exist exit 2, in words and as JSON', async () => {
    expectRefusal(await world.run(['serve']), 'QRT_ARGUMENT_INVALID', 2);
    expectRefusal(await world.run(['start']), 'QRT_ARGUMENT_INVALID', 2);
    expectRefusal(await world.run(['gossip', 'up']), 'QRT_ARGUMENT_INVALID', 2);
    expectRefusal(await world.run(['dump', 'up', 'keys']), 'QRT_ARGUMENT_INVALID', 2);
    expectRefusal(await world.run(['create-node', 'x', '--port', '0']), 'QRT_ARGUMENT_INVALID', 2);
    const ran = await world.run(['status', 'nowhere', '--json']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'QRT_NODE_MISSING' } });
  });

  it('a port in use is refused by start, naming the line to change', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await world.ok(['create-node', 'port', '--port', `${port}`]);
    const ran = await world.run(['start', 'port']);
    server.close();
    expectRefusal(ran, 'QRT_PORT_TAKEN', 2);
    expect(ran.stderr).toContain(world.path('port', 'config.json'));
    expect(ran.stderr).toContain(`${port}`);
    await world.ok(['start', 'port']);
    await world.ok(['stop', 'port']);
  });

  it('a copy of a vat that runs is not told to take another port', async () => {
    await world.ok(['create-node', 'original']);
    cpSync(world.path('original'), world.path('copy'), { recursive: true });
    await world.ok(['start', 'original']);
    const ran = await world.run(['start', 'copy']);
    expectRefusal(ran, 'QRT_NODE_COPIED', 2);
    expect(ran.stderr).toContain('Never run both');
    expect((await world.status('original')).running).toBe(true);
    await world.ok(['stop', 'original']);
  });

  it('a node in a folder that is not there is refused, naming that folder', async () => {
    const ran = await world.run(['create-node', 'no/such/node']);
    expectRefusal(ran, 'QRT_DIR_UNUSABLE', 2);
    expect(ran.stderr).toMatch(/there is no \S*no\/such: make that first/);
  });

  it('an address that this machine does not have is refused by start', async () => {
    await world.ok(['create-node', 'host', '--port', '21000', '--host', '192.0.2.1']);
    expectRefusal(await world.run(['start', 'host']), 'QRT_PORT_REFUSED', 2);
  });

  it('one node of several that cannot start leaves the others alone', async () => {
    await world.ok(['create-node', 'good']);
    const ran = await world.run(['start', 'nowhere', 'good']);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('QRT_NODE_MISSING');
    expect((await world.status('good')).running).toBe(true);
    await world.ok(['stop', 'good']);
  });

  it('a stopped node cannot be stopped: exit 69 with the line that starts it', async () => {
    const ran = await world.run(['stop', 'down']);
    expectRefusal(ran, 'QRT_NODE_STOPPED', 69);
    expect(ran.stderr).toContain('qrt start down');
  });

  it('a damaged database, key or configuration is refused and left as it is', async () => {
    const cases = [
      ['vat.db', 'QRT_STORE_CORRUPT', 70],
      ['key', 'QRT_KEY_INVALID', 70],
      ['config.json', 'QRT_CONFIG_INVALID', 2],
    ] as const;
    for (const [file, code, exit] of cases) {
      const dir = `damaged-${file}`;
      await world.ok(['create-node', dir]);
      writeFileSync(world.path(dir, file), 'no longer what it was '.repeat(1_000));
      const before = readFileSync(world.path(dir, file));
      expectRefusal(await world.run(['start', dir]), code, exit);
      expectRefusal(await world.run(['status', dir]), code, exit);
      expect(readFileSync(world.path(dir, file))).toEqual(before);
    }
    const dump = await world.run(['dump', 'damaged-vat.db', 'objects']);
    expectRefusal(dump, 'QRT_STORE_CORRUPT', 70);
  });

  it('a database that belongs to another key is refused', async () => {
    await world.ok(['create-node', 'mixed']);
    writeFileSync(world.path('mixed', 'vat.db'), readFileSync(world.path('down', 'vat.db')));
    expectRefusal(await world.run(['start', 'mixed']), 'QRT_STORE_CORRUPT', 70);
  });

  it('files that others can read are refused with the line that closes them', async () => {
    await world.ok(['create-node', 'modes']);
    const path = world.path('modes', 'key');
    chmodSync(path, 0o644);
    for (const command of ['start', 'status']) {
      const ran = await world.run([command, 'modes']);
      expectRefusal(ran, 'QRT_MODE_OPEN', 2);
      expect(ran.stderr).toContain(`chmod 600 ${path}`);
    }
    chmodSync(path, 0o600);
    await world.ok(['status', 'modes']);
  });

  it.each(['up', 'down'])('Q5: bad JSON exits 2 and queues nothing (node %s)', async (dir) => {
    const qrid = qridOf((await world.status(dir)).vat);
    const before = await rowsOf(dir);
    for (const json of ['{', "{'a':1}", '1e999', '-0', '']) {
      const ran = await world.run(['send', '-d', dir, qrid, json]);
      expectRefusal(ran, 'QRT_JSON_MALFORMED', 2);
    }
    const refs = ['send', '-d', dir, qrid, '{}', '--ref'];
    expectRefusal(await world.run([...refs, `a.b=${qrid}`]), 'QRT_PATH_UNKNOWN', 2);
    expectRefusal(await world.run([...refs, 'to=qrt:x']), 'QRT_QRID_MALFORMED', 2);
    const ran = await world.run(['send', '-d', dir, 'qrt:x', '{}']);
    expectRefusal(ran, 'QRT_QRID_MALFORMED', 2);
    expect(ran.stderr).toContain('The target is no QRID.');
    expect(await rowsOf(dir)).toEqual(before);
  });

  it('what is too large is refused and nothing is done', async () => {
    const qrid = await world.install('up', EMPTY);
    const before = await rowsOf('up');
    const args = JSON.stringify('x'.repeat(256 * KIB - 2));
    await world.ok(['send', '-d', 'up', qrid, '-'], { input: args });
    const over = await world.run(['send', '-d', 'up', qrid, '-'], { input: `[${args}]` });
    expectRefusal(over, 'QRT_REQUEST_OVERSIZE', 2);
    const path = world.write('large.js', `() => "${'x'.repeat(KIB * KIB)}"`);
    expectRefusal(await world.run(['install', 'up', path]), 'QRT_REQUEST_OVERSIZE', 2);
    await eventually(async () => (await world.status('up')).inbox.rows === 0);
    expect(await rowsOf('up')).toEqual(before);
  });

  it('a QRID of this vat that names no object is refused at once', async () => {
    for (const dir of ['up', 'down']) {
      const { vat } = await world.status(dir);
      const ran = await world.run(['send', '-d', dir, qridOf(vat), '{}']);
      expectRefusal(ran, 'QRT_NO_OBJECT', 1);
    }
  });

  it('a QRID of another vat that names no object: the refusal comes back', async () => {
    await world.startNew('other');
    const { vat, urls } = await world.status('other');
    await world.ok(['send', '-d', 'up', qridOf(vat, urls[0]), '{"secret":1}']);
    const link = await eventually(async () => {
      const { links } = await world.status('up');
      return links.find((one) => one.vat === vat && one.refusals > 0);
    });
    expect(link.lastRefusal).toContain('QRT_NO_OBJECT');
    const rows = await world.log('up');
    expect(rows.some(({ text }) => String(text).includes('QRT_NO_OBJECT'))).toBe(true);
    await world.ok(['stop', 'other']);
  });

  it('a QRID of an unknown vat without a hint is refused, and nothing is queued', async () => {
    for (const dir of ['up', 'down']) {
      const before = await rowsOf(dir);
      const ran = await world.run(['send', '-d', dir, qridOf(STRANGER), '{}']);
      expectRefusal(ran, 'QRT_VAT_UNKNOWN', 2);
      expect(await rowsOf(dir)).toEqual(before);
    }
  });

  it('Q6: a QRID with a hint works on a node that was told nothing', async () => {
    await world.startNew('hinted');
    const qrid = await world.install('hinted', EMPTY);
    await world.ok(['create-node', 'told-nothing']);
    await world.ok(['start', 'told-nothing']);
    const sent = await world.ok(['send', '-d', 'told-nothing', qrid, '{}', '--wait', '--json']);
    expect(JSON.parse(sent)).toMatchObject({ to: 'outbox', stored: true });
    await world.ok(['stop', 'hinted', 'told-nothing']);
  });

  it('an unreachable peer: the message stays queued, --wait exits 124, status says why', async () => {
    const qrid = qridOf(STRANGER, 'http://127.0.0.1:9');
    const ran = await world.run(['send', '-d', 'up', qrid, '{}', '--wait', '--timeout', '1']);
    expectRefusal(ran, 'QRT_WAIT_EXPIRED', 124);
    const { links } = await world.status('up');
    const link = links.find(({ vat }) => vat === STRANGER);
    expect(link?.outbox.rows).toBeGreaterThan(0);
    expect(link?.lastError).toBeTruthy();
  });

  it('send --wait on a stopped node exits 69 and queues nothing', async () => {
    const before = await rowsOf('down');
    const qrid = qridOf(STRANGER, 'http://127.0.0.1:9');
    const ran = await world.run(['send', '-d', 'down', qrid, '{}', '--wait']);
    expectRefusal(ran, 'QRT_NODE_STOPPED', 69);
    expect(await rowsOf('down')).toEqual(before);
  });

  it('refused code exits 3 with file, line, column and a caret, and installs nothing', async () => {
    const before = await rowsOf('up');
    const path = world.write('bad.js', 'function (args) {\n  var = 1;\n}\n');
    const ran = await world.run(['install', 'up', path]);
    expectRefusal(ran, 'QRT_CODE_REFUSED', 3);
    expect(ran.stderr).toContain(`${path}:2:7: `);
    expect(ran.stderr).toContain('\n    var = 1;\n        ^\n');
    const missing = await world.run(['install', 'up', 'no-such-guest']);
    expectRefusal(missing, 'QRT_CODE_MISSING', 2);
    writeFileSync(world.path('binary.js'), Buffer.from([0x28, 0xff, 0xfe]));
    expectRefusal(await world.run(['install', 'up', 'binary.js']), 'QRT_CODE_REFUSED', 3);
    expect(await rowsOf('up')).toEqual(before);
  });

  it('powers that do not exist and power that is no object are refused', async () => {
    const path = world.write('empty.js', EMPTY);
    const grant = await world.run(['install', 'up', path, '--grant', 'filesystem']);
    expectRefusal(grant, 'QRT_GRANT_UNKNOWN', 2);
    for (const power of ['[1]', '1', 'null', '{"memory":{}}', '{"make_object":1}']) {
      const ran = await world.run(['install', 'up', path, '--power', power]);
      expectRefusal(ran, 'QRT_ARGUMENT_INVALID', 2);
    }
    const json = await world.run(['install', 'up', path, '--power', '{']);
    expectRefusal(json, 'QRT_JSON_MALFORMED', 2);
  });
});
