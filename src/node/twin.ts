// Twin: whether the port that a node wants is held by a copy of its own vat.
//
// Two copies of a vat that run at once mean different things by the same numbers, and their peers
// stop talking to both. So a node that finds its port taken asks who is there before it tells its
// operator to choose another port, which is how such a pair comes about.

import { isQrtError, QrtError } from '../core/errors.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { loadSealer } from '../crypto/key-file.ts';
import type { BaseDir } from './base-dir.ts';
import { localUrl, type NodeConfig } from './config.ts';
import { probeContacts } from './contact-probe.ts';

export interface TwinInput {
  readonly base: BaseDir;
  readonly config: NodeConfig;
}

/** The error to tell: QRT_NODE_COPIED in place of QRT_PORT_TAKEN when this vat answers there. */
export async function judgeTaken(error: unknown, { base, config }: TwinInput): Promise<unknown> {
  if (!isQrtError(error, 'QRT_PORT_TAKEN')) return error;
  const { vat } = config;
  const { dir } = base;
  const sealer = loadSealer({ path: base.key, entropy: systemEntropy });
  const url = localUrl(config);
  const places = [{ vat, url }];
  const ways = { allowPrivate: true, areCertificatesChecked: false };
  const [reason] = await probeContacts({ places, sealer, ...ways });
  return reason === undefined ? new QrtError('QRT_NODE_COPIED', { dir, vat, url }, error) : error;
}
