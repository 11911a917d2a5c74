// Tables: what of a vat's database can be shown.

/** The tables that can be shown. */
export const TABLES = ['objects', 'memory', 'inbox', 'outbox', 'peers', 'counters'] as const;

/** A table that can be shown. */
export type Table = (typeof TABLES)[number];
