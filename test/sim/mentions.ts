// Mentions: how often two ends of a link say that a promise was named, which agrees once all is quiet.

import Database from 'better-sqlite3';
import type { VatStore } from '../../src/kernel/store-port.ts';

interface Name {
  readonly kind: string;
  readonly number: number;
  readonly mentions: number;
}

/** Promises of a vat that the peer of a link knows, and how often they were named to it. */
export const SENT = `SELECT kind, number, sent AS mentions FROM export
  WHERE link = ? AND local GLOB 'p*'`;
/** Promises that the peer of a link decides, and how often it named them. */
export const RECEIVED = `SELECT name AS kind, number, received AS mentions FROM promise
  WHERE link = ?`;

/** What the ends of a link do not say alike of the promises that one of them decides. */
export function compareMentions(sent: readonly Name[], received: readonly Name[]): string[] {
  const keyOf = ({ kind, number }: Name): string => `${kind} ${number}`;
  const held = new Map(received.map((name) => [keyOf(name), name.mentions]));
  const known = new Set(sent.map(keyOf));
  return [
    ...sent
      .filter((name) => held.get(keyOf(name)) !== name.mentions)
      .map((name) => {
        const count = held.get(keyOf(name)) ?? 'not there';
        return `promise ${keyOf(name)} was named ${name.mentions} times, at its peer it is ${count}`;
      }),
    // A disk that went back may hold what was given up since: that counts as never named.
    ...received
      .filter((name) => name.mentions > 0 && !known.has(keyOf(name)))
      .map((name) => `promise ${keyOf(name)} is one that its peer does not know`),
  ];
}

interface Speaker {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  store(): Pick<VatStore, 'links'>;
}

/** The same of all links between these vats, none of which has anything to do. */
export function miscounts(vats: readonly Speaker[]): string[] {
  const linkOf = (from: Speaker, to: Speaker) =>
    from
      .store()
      .links()
      .find(({ vat, state }) => vat === to.id && state === 'ok');
  const read = ({ path }: Speaker, sql: string, link: number): Name[] => {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    const rows = db.prepare(sql).all(link) as Name[];
    db.close();
    return rows;
  };
  return vats.flatMap((one) =>
    vats.flatMap((two) => {
      const [there, back] = [linkOf(one, two), linkOf(two, one)];
      if (!there || !back) return [];
      const found = compareMentions(read(one, SENT, there.id), read(two, RECEIVED, back.id));
      return found.map((what) => `${one.name} to ${two.name}: ${what}`);
    }),
  );
}
