// In flight: every message that was committed and has not had its turn, wherever it waits.
//
// All disks are read at one moment. An item is on two of them from the moment at which the receiver
// has it until the sender has its receipt, so it counts here only as long as it was not taken.

import type { Disks } from '../oracle/disks.ts';
import { readLinks } from '../oracle/links.ts';
import type { SimVat } from '../stage.ts';

const BODIES = 'SELECT body FROM inbox UNION ALL SELECT body FROM quarantine';
const ITEMS = 'SELECT link, number, item FROM outbox WHERE lane = 1';
const MEMORIES = 'SELECT body FROM memory';

/** The args of each message, as far as they are JSON objects. */
export function argsInFlight(disks: Disks, vats: readonly SimVat[]): Fields[] {
  const links = new Map(vats.map((vat) => [vat.id as string, readLinks(disks, vat)]));
  return vats.flatMap((vat) => {
    const bodies = disks.of(vat).all<{ body: string }>(BODIES);
    const items = disks.of(vat).all<{ link: number; number: number; item: Buffer }>(ITEMS);
    const waiting = items.filter(({ link, number }) => {
      const peer = links.get(vat.id)!.find(({ id }) => id === link)?.peer ?? '';
      const back = links.get(peer)?.find((row) => row.peer === vat.id);
      return number >= (back?.lanes[0].taken ?? 0);
    });
    return [
      ...bodies.map(({ body }) => parse(body)),
      ...waiting.map(({ item }) => {
        const end = item.indexOf(10);
        return end < 0 ? {} : parse(item.toString('utf8', end + 1));
      }),
    ];
  });
}

/** The args of messages that were taken out for what became of their workers. */
export function argsInQuarantine(disks: Disks, vats: readonly SimVat[]): Fields[] {
  const sql = 'SELECT body FROM quarantine';
  return vats.flatMap((vat) =>
    disks
      .of(vat)
      .all<{ body: string }>(sql)
      .map(({ body }) => parse(body)),
  );
}

/** Every memory of a vat. */
export function memoriesOf(disks: Disks, vat: SimVat): Fields[] {
  return disks
    .of(vat)
    .all<{ body: string }>(MEMORIES)
    .map(({ body }) => parse(body));
}

/** What was JSON text once. */
export type Fields = Record<string, unknown>;

function parse(body: string): Fields {
  const value: unknown = JSON.parse(body);
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
