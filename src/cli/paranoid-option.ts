// Paranoid option: a node that believes of a turn only what comes out twice.

import { Option } from 'commander';

/** As it is typed. */
export const PARANOID = '--paranoid';

/** The option. */
export function paranoidOption(): Option {
  return new Option(PARANOID, 'run each turn twice, in two processes, before it counts');
}
