// Island: what the parts of one vat's kernel share: its ports, counters and the open transaction.

import type { NodeLimits } from '../core/node-limits.ts';
import type { QueueUsage } from '../core/shares.ts';
import type { Clock, Emit, Entropy, Sealer, Sha256 } from './ports.ts';
import type { Counters, VatStore } from './store-port.ts';
import type { Transaction } from './transaction.ts';

export interface Island {
  readonly store: VatStore;
  readonly sealer: Sealer;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly emit: Emit;
  readonly limits: NodeLimits;
  readonly transaction: Transaction;
  readonly counters: Counters;
  readonly inboxUsage: QueueUsage;
  readonly outboxUsage: QueueUsage;
}

/** The share that the operator's own messages count in. */
export const OPERATOR_SHARE = 'operator';

/** The share of all links that have no petname. */
export const STRANGERS_SHARE = 'strangers';

/** An installation's share. */
export const ownerShare = (owner: number): string => (owner === 0 ? OPERATOR_SHARE : `o${owner}`);
