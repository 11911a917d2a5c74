import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatContact } from '../../src/core/contact.ts';
import { DOCTOR_FETCHES_MAX } from '../../src/core/doctor-limits.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { createKeyFile, loadSealer } from '../../src/crypto/key-file.ts';
import { probeContacts } from '../../src/node/contact-probe.ts';
import { makeScratch } from './scratch.ts';

const makeKey = () => {
  const path = join(makeScratch(), 'key');
  createKeyFile(path);
  return loadSealer({ path, entropy: systemEntropy });
};

const serve = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('contact probe', () => {
  const own = makeKey;
  const recordOf = ({ vat, sign }: ReturnType<typeof makeKey>) =>
    formatContact({ vat, urls: [], serial: 1, kinds: [] }, sign);
  const probe = async (listener: RequestListener, sealer: ReturnType<typeof makeKey>) => {
    const places = [{ vat: sealer.vat, url: await serve(listener) }];
    const [reason] = await probeContacts({ places, sealer, allowPrivate: true, waitMs: 300 });
    return reason;
  };

  it('a record that the vat signed is what is wanted', async () => {
    const sealer = own();
    const paths: (string | undefined)[] = [];
    const reason = await probe(({ url }, response) => {
      paths.push(url);
      response.end(recordOf(sealer));
    }, sealer);
    expect(reason).toBeUndefined();
    expect(paths).toEqual([`/qrt/1/vat/${sealer.vat}/contact`]);
  });

  it('another vat, a forged record, something else and silence are told apart', async () => {
    const sealer = own();
    const other = own();
    const forged = recordOf({ ...sealer, sign: other.sign });
    expect(await probe((_, response) => response.end(recordOf(other)), sealer)).toBe(
      'another vat answers there',
    );
    expect(await probe((_, response) => response.end(forged), sealer)).toBe(
      'its record is not signed by it',
    );
    expect(await probe((_, response) => response.end('<html>'), sealer)).toBe(
      'what answers there is no vat',
    );
    expect(await probe((_, response) => response.writeHead(404).end(), sealer)).toBe('HTTP 404');
    expect(await probe(() => {}, sealer)).toBe('timed out after 0.3 s');
  });

  it('asks no more places when the time for all of them is over', async () => {
    const sealer = own();
    let asked = 0;
    const url = await serve(() => {
      asked += 1;
    });
    const places = Array.from({ length: 5 * DOCTOR_FETCHES_MAX }, () => ({ vat: sealer.vat, url }));
    const reasons = await probeContacts({
      places,
      sealer,
      allowPrivate: true,
      waitMs: 300,
      totalMs: 700,
    });
    expect([DOCTOR_FETCHES_MAX, 2 * DOCTOR_FETCHES_MAX]).toContain(reasons.length);
    expect(asked).toBeLessThanOrEqual(reasons.length);
  });

  it('of many places only so many are asked at once, and each gets its own reply', async () => {
    const sealer = own();
    let open = 0;
    let most = 0;
    const url = await serve((_, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.end(recordOf(sealer));
      }, 20);
    });
    const dead = { vat: sealer.vat, url: 'http://127.0.0.1:9' };
    const places = Array.from({ length: 2 * DOCTOR_FETCHES_MAX + 1 }, (_, index) =>
      index === 20 ? dead : { vat: sealer.vat, url },
    );
    const reasons = await probeContacts({
      places,
      sealer,
      allowPrivate: true,
      waitMs: 15_000,
      totalMs: 60_000,
    });
    expect(reasons.map((reason, index) => [index, reason]).filter(([, reason]) => reason)).toEqual([
      [20, 'connection refused'],
    ]);
    expect(most).toBeLessThanOrEqual(DOCTOR_FETCHES_MAX);
  });
});
