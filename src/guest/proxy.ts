// Proxy test: tells a proxy without touching it, so that nothing of ours runs a trap.

import { types } from 'node:util';

/** Whether a value is a proxy. Taken before lockdown, when Node's own functions are untouched. */
export const { isProxy } = types;
