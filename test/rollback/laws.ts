// Laws: what must hold between two vats whatever disks were put back, read from their disks alone.

import type { LinkRow } from '../../src/kernel/store-port.ts';
import { heardBy, PASSED_ON, type Side, saidBy } from './scene.ts';

/** One end of the link, as its disk has it. */
export const linkOf = (side: Side, peer: Side): LinkRow | undefined =>
  side.vat
    .store()
    .links()
    .find(({ vat }) => vat === peer.vat.id);

const stateOf = (side: Side, peer: Side): string => linkOf(side, peer)?.state ?? 'none';

/**
 * Whether what both ends remember is one history: nobody has more than the other sent, and nobody
 * less than it confirmed. Only before either sends anything new.
 */
export function fits(one: Side, two: Side): boolean {
  return [
    [one, two],
    [two, one],
  ].every(([from, to]) =>
    [0, 1].every((lane) => {
      const sending = linkOf(from!, to!)?.sending[lane];
      const next = linkOf(to!, from!)?.receiving[lane]?.next ?? 0;
      if (sending === undefined) return next === 0;
      // A lane that has not begun begins with the first that comes.
      return next === 0
        ? isUntouched(sending.receipted)
        : next <= sending.next && next >= sending.receipted;
    }),
  );
}

const isUntouched = (receipted: number): boolean => receipted <= 1;

/** What is wrong between two vats that have come to rest. */
export function complaints(one: Side, two: Side): readonly string[] {
  const [there, back] = [
    { side: one, to: two },
    { side: two, to: one },
  ];
  return [
    ...ofDirection(there),
    ...ofDirection(back),
    ...neverSaid(there),
    ...neverSaid(back),
  ].concat(ofBoth(one, two));
}

interface Direction {
  readonly side: Side;
  readonly to: Side;
  /** What was heard of it, if not by `to` alone. */
  readonly heard?: readonly unknown[];
}

/** Nothing is heard twice or in another order, and what is not heard is in doubt. */
export function ofDirection({ side, to, heard = heardBy(to) }: Direction): readonly string[] {
  const found: string[] = [];
  const said = saidBy(side);
  const at = `${side.vat.name} to ${to.vat.name}`;
  const here = heardBy(to);
  if (new Set(here).size < here.length) found.push(`${at}: something was heard twice: ${here}`);
  const common = here.filter((label) => said.includes(label));
  const first = said.slice(0, common.length);
  if (`${common}` !== `${first}`) found.push(`${at}: heard ${common}, but said ${first} first`);
  const unheard = said.filter((label) => !heard.includes(label));
  if (unheard.length > 0 && stateOf(side, to) !== 'doubt') {
    found.push(`${at}: ${unheard} was lost without a word (${stateOf(side, to)})`);
  }
  // What a disk forgot that was put back is gone; what was said since is not.
  const held = heldBy(side, to);
  const lost = unheard.filter((label) => isNew(label) && !held.includes(`["note","${label}"]`));
  if (lost.length > 0) found.push(`${at}: ${lost} is neither there nor here`);
  return found;
}

const isNew = (label: unknown): boolean => String(label).startsWith('n');

/** All that waits for the peer, as one text. */
function heldBy(side: Side, to: Side): string {
  const link = linkOf(side, to);
  if (link === undefined) return '';
  const range = { from: 0, below: Number.MAX_SAFE_INTEGER, rowsMax: 1_000, bytesMax: 1_000_000 };
  const rows = side.vat.store().outboxRows({ link: link.id, lane: 1, ...range });
  return rows.map(({ item }) => Buffer.from(item).toString('latin1')).join();
}

/** What was heard and is not known to have been said is in doubt. */
function neverSaid({ side, to }: Direction): readonly string[] {
  const said = saidBy(side);
  const unsaid = heardBy(to).filter((label) => label !== PASSED_ON && !said.includes(label));
  const states = [stateOf(side, to), stateOf(to, side)];
  if (unsaid.length === 0 || states.includes('doubt')) return [];
  const at = `${side.vat.name} to ${to.vat.name}`;
  return [`${at}: ${unsaid} was heard and never said (${states})`];
}

function ofBoth(one: Side, two: Side): readonly string[] {
  const [a, b] = [linkOf(one, two), linkOf(two, one)];
  if (a?.state !== 'ok' || b?.state !== 'ok') return [];
  return [
    [a, b],
    [b, a],
  ].flatMap(([from, to]) =>
    [0, 1].flatMap((lane) => {
      const sending = from!.sending[lane]!;
      const receiving = to!.receiving[lane]!;
      if (sending.receipted !== sending.next) return [`lane ${lane + 1} does not end`];
      if (receiving.next === 0) return [];
      const isSame =
        receiving.next === sending.next && Buffer.compare(receiving.tail, sending.tail) === 0;
      return isSame ? [] : [`lane ${lane + 1}: two histories and no doubt`];
    }),
  );
}
