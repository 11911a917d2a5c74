// TLS of its own as operators meet it: made, checked, reached by a peer, renewed, refused.

import { chmodSync, readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_CERT, TEST_KEY } from '../transport/test-cert.ts';
import { RENEWED_KEY } from '../transport/test-cert-renewed.ts';
import { eventually, makeWorld, type Ran, type World } from './kit.ts';

const KEEPER = '({ n }, { memory }) => { memory.got = [...(memory.got ?? []), n]; }';

function expectRefusal({ code, stdout, stderr }: Ran, error: string): void {
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(new RegExp(`^qrt: ${error}: `));
}

describe('TLS of its own', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    world.write('cert.pem', TEST_CERT);
    world.write('key.pem', TEST_KEY);
    world.write('other.pem', RENEWED_KEY);
    chmodSync(world.path('key.pem'), 0o600);
  });
  afterAll(() => world.end());

  const create = (name: string, ...more: string[]) => world.run(['create-node', name, ...more]);
  /** As a machine whose operating system trusts that certificate. */
  const trusting = () => ({ env: { NODE_EXTRA_CA_CERTS: world.path('cert.pem') } });
  const config = (name: string) =>
    JSON.parse(readFileSync(world.path(name, 'config.json'), 'utf8'));

  it('is made by create-node, which takes no half of it and no key of another certificate', async () => {
    const pair = ['--tls-certificate', 'cert.pem', '--tls-key'];
    expectRefusal(await create('a', ...pair, 'other.pem'), 'QRT_TLS_INVALID');
    expectRefusal(await create('a', ...pair, 'none.pem'), 'QRT_TLS_INVALID');
    expectRefusal(await create('a', '--tls-key', 'key.pem'), 'QRT_ARGUMENT_INVALID');
    expectRefusal(await create('a', '--tls-certificate', 'cert.pem'), 'QRT_ARGUMENT_INVALID');
    const made = await create('a', ...pair, 'key.pem', '--json');
    const { port, urls } = JSON.parse(made.stdout);
    expect(urls).toEqual([`https://127.0.0.1:${port}`]);
    const tls = { certificate: world.path('cert.pem'), key: world.path('key.pem') };
    expect(config('a')).toMatchObject({ tls });
  });

  it('a peer that trusts the certificate reaches it, and doctor sees that one does not', async () => {
    await world.ok(['create-node', 'b']);
    expect((await world.run(['start', 'a', 'b'], trusting())).code).toBe(0);
    const qrid = await world.install('a', KEEPER);
    expect(qrid).toContain('@https://127.0.0.1:');
    await world.ok(['send', '-d', 'b', qrid, '{"n":1}']);
    await eventually(async () => (await world.ok(['dump', 'a', 'memory'])).includes('{"got":[1]}'));

    const look = async (options = {}) => {
      const { stdout } = await world.run(['doctor', 'a', '--json'], options);
      const lines = stdout.split('\n').filter((line) => /"check":"(tls|port)"/.test(line));
      return lines.map((line) => JSON.parse(line));
    };
    expect(await look(trusting())).toMatchObject([
      {
        check: 'tls',
        state: 'ok',
        found: expect.stringMatching(/^certificate for 127\.0\.0\.1, /),
      },
      { check: 'port', state: 'ok' },
    ]);
    expect(await look()).toMatchObject([
      { check: 'tls', state: 'ok' },
      { check: 'port', state: 'warn', found: expect.stringContaining('its certificate is self-') },
    ]);
  });

  it('without trust nothing is sent, and all is queued', async () => {
    await world.ok(['stop', 'b']);
    await world.ok(['start', 'b']);
    const qrid = await world.install('a', KEEPER);
    await world.ok(['send', '-d', 'b', qrid, '{"n":2}']);
    await eventually(async () =>
      ((await world.status('b')).links[0]?.lastError ?? '').includes('self-signed'),
    );
    expect((await world.status('b')).links[0]?.outbox.rows).toBeGreaterThan(0);
  });

  it('does not start with files that do not fit, and says which', async () => {
    await world.ok(['stop', 'a']);
    world.write('key.pem', RENEWED_KEY);
    const refused = await world.run(['start', 'a']);
    expectRefusal(refused, 'QRT_TLS_INVALID');
    expect(refused.stderr).toContain(world.path('key.pem'));
    const { stdout } = await world.run(['doctor', 'a', '--json']);
    expect(stdout).toMatch(/"check":"tls","state":"fail","found":"QRT_TLS_INVALID/);
    world.write('key.pem', TEST_KEY);
    await world.ok(['start', 'a']);
    const { port } = config('a');
    const socket = connect({ host: '127.0.0.1', port, ca: TEST_CERT });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });
});
