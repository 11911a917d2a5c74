// Flood: what a peer gets of a node while strangers attack its port, and what that costs the node.
//
// Reported, never judged. A peer posts boxes with one message each, one after another; meanwhile a
// second process attacks from many addresses of this machine, in one way after another. Quiet times
// before and after each attack are what it is compared with.
//
//   npm run -s build; node --import ./scripts/ts-loader.mjs bench/flood.ts [--seconds N]

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseQrid } from '../src/core/ids.ts';
import { systemClock } from '../src/node/clock.ts';
import { QUICK_ATTACKS, SLOW_ATTACKS } from './lib/attack-bytes.ts';
import { makeFloodPeer } from './lib/flood-peer.ts';
import { makePlace } from './lib/nodes.ts';

const { values: flags } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const attackMs = Number(flags.seconds) * 1_000;

/** In the order in which they are run. */
const ATTACKS = [...QUICK_ATTACKS, ...SLOW_ATTACKS];

const place = makePlace();
try {
  place.qrt('create-node', 'NODE');
  const pid = place.start('NODE');
  const qrid = parseQrid(place.install('NODE', '({ n }, { memory }) => { memory.n = n; }'));
  const url = new URL(qrid.hint ?? '');
  const path = `/qrt/1/vat/${qrid.vat}/box`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: '127.0.0.1' });
  const peer = makeFloodPeer(qrid);

  const post = (bytes: Uint8Array): Promise<number> =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/octet-stream' };
      const sent = request(new URL(path, url), { agent, method: 'POST', headers }, (reply) => {
        reply.resume();
        reply.once('end', () => resolve(reply.statusCode ?? 0));
        reply.once('error', () => resolve(0));
      });
      sent.on('error', () => resolve(0));
      sent.end(bytes);
    });

  /** Boxes a second that were taken, and how many were not. */
  const serve = async (ms: number): Promise<{ perSecond: number; refused: number }> => {
    const endMs = systemClock.monotonicMs() + ms;
    let [taken, refused] = [0, 0];
    while (systemClock.monotonicMs() < endMs) {
      const bytes = peer.next();
      while ((await post(bytes)) !== 200) {
        refused += 1;
        if (systemClock.monotonicMs() > endMs) break;
      }
      taken += 1;
    }
    return { perSecond: (taken * 1_000) / ms, refused };
  };
  const memoryMib = (): number => {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib) / 1_024);
  };

  await serve(attackMs);
  say('attack', 'requests/s', 'replies', 'peer/s', 'share', 'refused', 'MiB before', 'after');
  for (const attack of ATTACKS) {
    const before = await serve(attackMs);
    const memory = memoryMib();
    const attacker = fork(
      fileURLToPath(new URL('./lib/flood-attacker.ts', import.meta.url)),
      [attack, String(url.port), path, Buffer.from(peer.last()).toString('base64')],
      { execArgv: process.execArgv },
    );
    await new Promise((resolve) => attacker.once('message', resolve));
    await delay(500);
    const during = await serve(attackMs);
    const told = new Promise<{ perSecond: number; statuses: string }>((resolve) => {
      attacker.once('message', (message) => resolve(message as never));
    });
    attacker.send('stop');
    const { perSecond, statuses } = await told;
    attacker.kill();
    const peak = memoryMib();
    await delay(1_000);
    const after = await serve(attackMs);
    const share = during.perSecond / ((before.perSecond + after.perSecond) / 2);
    say(
      ...[attack, perSecond.toFixed(0), statuses, during.perSecond.toFixed(0)],
      ...[share.toFixed(2), String(during.refused), String(memory), String(peak)],
    );
  }
  agent.destroy();
} finally {
  await place.end();
}

function say(...cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
