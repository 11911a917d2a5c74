// Contact probe: whether a URL serves the contact record of a vat, signed by it.

import { parseContact } from '../core/contact.ts';
import {
  DOCTOR_FETCH_MS_MAX,
  DOCTOR_FETCHES_MAX,
  DOCTOR_FETCHES_MS_MAX,
} from '../core/doctor-limits.ts';
import { isQrtError } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import type { PostResult, Sealer } from '../kernel/ports.ts';
import { makePoster } from '../transport/poster.ts';
import { systemClock } from './clock.ts';

/** A place where a vat should be found. */
interface Place {
  readonly vat: VatId;
  readonly url: string;
}

export interface ProbeInput {
  readonly places: readonly Place[];
  readonly sealer: Pick<Sealer, 'verify'>;
  /** Whether a place may be at an address that is not public. */
  readonly allowPrivate: boolean;
  /** False only to look at this machine's own port, whose certificate names another host. */
  readonly areCertificatesChecked?: boolean;
  /** For one place, and for all of them. */
  readonly waitMs?: number;
  readonly totalMs?: number;
}

/**
 * Why each place, in the same order, does not serve its record; undefined where it does. The last
 * places are left out when no time is left for them.
 */
export async function probeContacts(input: ProbeInput): Promise<readonly (string | undefined)[]> {
  const { places, sealer, waitMs = DOCTOR_FETCH_MS_MAX, totalMs = DOCTOR_FETCHES_MS_MAX } = input;
  const lastStartMs = systemClock.monotonicMs() + totalMs - waitMs;
  const { allowPrivate, areCertificatesChecked = true } = input;
  const reports = new Map<number, (result: PostResult) => void>();
  const poster = makePoster({
    onInput: ({ attempt, result }) => reports.get(attempt)?.(result),
    allowPrivate,
    areCertificatesChecked,
    postMsMax: waitMs,
  });
  const probe = ({ vat, url }: Place, attempt: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      reports.set(attempt, (result) => resolve(judge({ result, vat, sealer })));
      poster.fetchContact({ type: 'fetch-contact', attempt, peer: vat, url });
    });
  const found: (string | undefined)[] = [];
  try {
    while (found.length < places.length && systemClock.monotonicMs() <= lastStartMs) {
      const first = found.length;
      const some = places.slice(first, first + DOCTOR_FETCHES_MAX);
      found.push(...(await Promise.all(some.map((place, index) => probe(place, first + index)))));
    }
    return found;
  } finally {
    await poster.close();
  }
}

interface JudgeInput {
  readonly result: PostResult;
  readonly vat: VatId;
  readonly sealer: Pick<Sealer, 'verify'>;
}

function judge({ result, vat, sealer }: JudgeInput): string | undefined {
  if (!result.ok) return result.reason;
  try {
    const { contact, signed, signature } = parseContact(Buffer.from(result.bytes).toString('utf8'));
    if (contact.vat !== vat) return 'another vat answers there';
    if (!sealer.verify({ vat, bytes: signed, signature })) return 'its record is not signed by it';
    return undefined;
  } catch (error) {
    if (!isQrtError(error, 'QRT_CONTACT_INVALID')) throw error;
    return 'what answers there is no vat';
  }
}
