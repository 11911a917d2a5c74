// Verify option: the node is read from end to end before it is served.

import { Option } from 'commander';

/** As it is typed. */
export const VERIFY = '--verify';

/** The option. */
export function verifyOption(): Option {
  return new Option(VERIFY, 'read all of its database first; refuse to serve a damaged one');
}
