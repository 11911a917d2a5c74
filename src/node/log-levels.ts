// Log levels: the kinds of lines in a vat's log.

import type { LogRow } from '../kernel/ports.ts';

/** The kind of a line. */
export type LogLevel = LogRow['level'];

/** Lines of objects, turns that failed, what became of links. */
export const LOG_LEVELS: readonly LogLevel[] = ['log', 'failure', 'link'];
