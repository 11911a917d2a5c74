// Tables: what of a vat's database can be shown, and by what each table can be narrowed.

/** The tables that can be shown. */
export const TABLES = [
  'objects',
  'memory',
  'inbox',
  'outbox',
  'peers',
  'counters',
  'references',
  'quarantine',
  'qrids',
] as const;

/** A table that can be shown. */
export type Table = (typeof TABLES)[number];

/** What rows can be narrowed to. */
export type FilterName = 'object' | 'owner' | 'peer';

/** Which filter fits which table; every table but the one record of counters has a limit, too. */
export const FILTERS: Readonly<Record<Table, readonly FilterName[]>> = {
  objects: ['object', 'owner'],
  memory: ['object', 'owner'],
  inbox: ['object', 'owner', 'peer'],
  outbox: ['peer'],
  peers: ['peer'],
  counters: [],
  references: ['object', 'owner', 'peer'],
  quarantine: ['object', 'owner'],
  qrids: ['object', 'owner'],
};
