// Strangers: a low, steady stream of what has no business at the ports of nodes, from this machine.

import { connect } from 'node:net';
import {
  type Attack,
  attackBytes,
  isSlow,
  QUICK_ATTACKS,
  SLOW_ATTACKS,
} from '../../bench/lib/attack-bytes.ts';
import { makeFloodPeer } from '../../bench/lib/flood-peer.ts';
import { makeSwissnum, type VatId } from '../../src/core/ids.ts';
import { formatBoxPath, formatContactPath } from '../../src/transport/routes.ts';
import { mutateBytes } from '../fuzz/mutate-bytes.ts';
import { pick } from '../sim/random.ts';

/** A port that is attacked. */
interface Victim {
  readonly vat: VatId;
  readonly port: number;
}

export interface StrangersOptions {
  readonly victims: readonly Victim[];
  /** Numbers from 0 up to 1, from a seed. */
  readonly random: () => number;
}

/** Strangers at work. */
export interface Strangers {
  /** Requests and connections so far. */
  counts(): Readonly<Record<string, number>>;
  /** Ends them and closes their connections. */
  end(): void;
}

/** Besides the attacks of the flood. */
const OTHERS = ['bad HTTP', 'unknown vat', 'unknown address', 'garbage'] as const;
type Kind = Attack | (typeof OTHERS)[number];
const KINDS: readonly Kind[] = [...QUICK_ATTACKS, ...SLOW_ATTACKS, ...OTHERS];

const EVERY_MS = 100;
/** How long a connection may be held. */
const HELD_MS = 1_500;

/** One request each 100 ms, to one of the ports. */
export function startStrangers({ victims, random }: StrangersOptions): Strangers {
  const counts = new Map<Kind, number>();
  const sockets = new Set<ReturnType<typeof connect>>();
  const bytes = (): Uint8Array => Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256));
  // Their boxes are sealed well, and ask for an object that there is not.
  const peers = new Map(
    victims.map(({ vat }) => [vat, makeFloodPeer({ vat, swissnum: makeSwissnum(bytes()) })]),
  );

  const say = (kind: Kind, { vat }: Victim): Uint8Array => {
    const target = { path: formatBoxPath(vat), envelope: peers.get(vat)!.next() };
    switch (kind) {
      case 'bad HTTP':
        return mutateBytes(random, attackBytes('replayed', target));
      case 'unknown vat':
        return attackBytes('replayed', { ...target, path: formatBoxPath(makeUnknown(bytes())) });
      case 'unknown address':
        return Buffer.from(`GET ${formatContactPath(makeUnknown(bytes()))}x HTTP/1.1\r\n\r\n`);
      case 'garbage':
        return bytes();
      default:
        return attackBytes(kind, target);
    }
  };

  const visit = (): void => {
    const kind = pick(random, KINDS);
    const victim = pick(random, victims);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    // Not the address from which peers come.
    const localAddress = `127.${1 + Math.floor(random() * 100)}.0.9`;
    const socket = connect({ host: '127.0.0.1', port: victim.port, localAddress });
    sockets.add(socket);
    socket.once('connect', () => {
      if (kind === 'half-open') socket.end();
      else socket.write(say(kind, victim));
    });
    const isHeld = (OTHERS as readonly Kind[]).includes(kind) || isSlow(kind as Attack);
    if (!isHeld) socket.once('data', () => socket.destroy());
    socket.setTimeout(HELD_MS, () => socket.destroy());
    // The node refuses, or is not there: both are as it should be.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
  };

  const timer = setInterval(visit, EVERY_MS);
  return Object.freeze<Strangers>({
    counts: () => Object.fromEntries([...counts].sort()),
    end() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  });
}

const makeUnknown = (bytes: Uint8Array): VatId => makeSwissnum(bytes) as string as VatId;
