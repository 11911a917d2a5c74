// Node vat: the vat of a node, put together from its files and this machine's clock and entropy.

import { QrtError } from '../core/errors.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { sha256 } from '../crypto/hash.ts';
import { loadSealer } from '../crypto/key-file.ts';
import type { Sealer } from '../kernel/ports.ts';
import { makeVat } from '../kernel/vat.ts';
import { openStore } from '../store/open.ts';
import type { BaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { limitsOf, type NodeConfig, urlsOf } from './config.ts';
import type { OpenVat } from './vat-life.ts';

export interface NodeVatInput {
  readonly base: BaseDir;
  readonly config: NodeConfig;
  /** Whether turns run and boxes leave; without, the vat only takes requests into its queues. */
  readonly isServing: boolean;
}

/** Reads the key once; the vat is read from disk each time the result is called. */
export function openNodeVat({ base, config, isServing }: NodeVatInput): OpenVat {
  const sealer = loadNodeSealer({ base, config });
  return ({ emit, meter, former }) => {
    const store = openStore({ path: base.database, vat: sealer.vat });
    try {
      const vat = makeVat({
        store,
        sealer,
        sha256,
        clock: systemClock,
        entropy: systemEntropy,
        meter,
        emit,
        limits: limitsOf(config),
        urls: urlsOf(config),
        isServing,
        ...(former && { former }),
      });
      return { vat, close: () => store.close() };
    } catch (error) {
      store.close();
      throw error;
    }
  };
}

/** The key of a node. Throws QRT_MODE_OPEN, QRT_KEY_INVALID, QRT_CONFIG_INVALID. */
export function loadNodeSealer({ base, config }: Omit<NodeVatInput, 'isServing'>): Sealer {
  const sealer = loadSealer({ path: base.key, entropy: systemEntropy });
  if (sealer.vat === config.vat) return sealer;
  const reason = `"vat" is not the id that belongs to the key, which is ${sealer.vat}`;
  throw new QrtError('QRT_CONFIG_INVALID', { path: base.config, reason });
}
