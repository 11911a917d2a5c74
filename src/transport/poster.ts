// Poster: the HTTP client of a vat, which takes boxes to peers and brings their receipts as bytes.
//
// One attempt is one exchange: no redirect is followed, no proxy is used, and every attempt ends in
// exactly one report, within a bounded time and with a bounded reply. What a reply is worth the
// kernel decides. URLs are what strangers say: where they lead is looked at before any connection.

import { Agent, request } from 'node:http';
import { isVatUrl } from '../core/ids.ts';
import {
  CONTACT_BYTES_MAX,
  POST_MS_MAX,
  POSTER_CONNECTIONS_MAX,
  POSTER_IDLE_MS,
  RECEIPT_BYTES_MAX,
} from '../core/limits.ts';
import { ENVELOPE_BYTES, SEAL_BYTES } from '../core/wire.ts';
import type { PostResult, VatInput, VatOutput } from '../kernel/ports.ts';
import { type AddressGuard, makeAddressGuard, type Resolve } from './address-guard.ts';
import { exchange, type Way } from './exchange.ts';
import { describeFailure } from './failure-text.ts';
import { formatBoxPath, formatContactPath } from './routes.ts';

/** The end of an attempt. */
export type PosterInput = Extract<VatInput, { type: 'posted' }>;

/** How a poster is made; only tests choose another time, and how names are resolved. */
export interface PosterOptions {
  readonly onInput: (input: PosterInput) => void;
  /** Whether peers may be at addresses that are not public. */
  readonly allowPrivate: boolean;
  /** False only to look at this machine's own port, whose certificate names another host. */
  readonly areCertificatesChecked?: boolean;
  readonly resolve?: Resolve;
  /** For a whole attempt, connecting included. */
  readonly postMsMax?: number;
}

/** The way out to other vats. It keeps no process alive when nothing is on its way. */
export interface Poster {
  /** Posts a box. Returns at once; the end is reported later. */
  post(output: Extract<VatOutput, { type: 'post' }>): void;
  /** Asks for a contact record. Returns at once; the end is reported later. */
  fetchContact(output: Extract<VatOutput, { type: 'fetch-contact' }>): void;
  /** Ends all attempts; none of them is reported any more. */
  close(): Promise<void>;
}

/** A poster with connections of its own. */
export function makePoster(options: PosterOptions): Poster {
  const { onInput, postMsMax = POST_MS_MAX } = options;
  const guard = makeAddressGuard(options);
  const ways = makeWays(options.areCertificatesChecked !== false);
  const running = new Set<AbortController>();
  let isClosed = false;

  const begin = async (attempt: number, wanted: Wanted): Promise<void> => {
    if (isClosed) return;
    const abort = new AbortController();
    running.add(abort);
    const result = await run({ ways, guard, abort, postMsMax, wanted });
    running.delete(abort);
    if (!isClosed) onInput({ type: 'posted', attempt, result });
  };

  return Object.freeze<Poster>({
    post({ attempt, peer, url, bytes }) {
      void begin(attempt, { url, path: formatBoxPath(peer), body: bytes });
    },
    fetchContact({ attempt, peer, url }) {
      void begin(attempt, { url, path: formatContactPath(peer) });
    },
    async close() {
      isClosed = true;
      for (const abort of running) abort.abort();
      await ways.close();
    },
  });
}

interface Wanted {
  readonly url: string;
  readonly path: string;
  /** Present for a POST. */
  readonly body?: Uint8Array;
}

interface Attempt {
  readonly ways: Ways;
  readonly guard: AddressGuard;
  readonly abort: AbortController;
  readonly postMsMax: number;
  readonly wanted: Wanted;
}

async function run({ ways, guard, abort, postMsMax, wanted }: Attempt): Promise<PostResult> {
  if (!isVatUrl(wanted.url)) return { ok: false, reason: 'not a URL of a vat' };
  const timer = setTimeout(() => abort.abort(), postMsMax);
  try {
    const url = new URL(`${wanted.url.replace(/\/+$/, '')}${wanted.path}`);
    guard.assertUrl(url);
    return await exchange({
      way: url.protocol === 'https:' ? await ways.secure() : ways.plain,
      url,
      lookup: guard.lookup,
      body: wanted.body,
      bytesMax: wanted.body === undefined ? CONTACT_BYTES_MAX : REPLY_BYTES_MAX,
      signal: abort.signal,
    });
  } catch (error) {
    const seconds = postMsMax / 1000;
    const reason = abort.signal.aborted ? `timed out after ${seconds} s` : describeFailure(error);
    return { ok: false, reason };
  } finally {
    clearTimeout(timer);
  }
}

/** A receipt in its envelope. */
const REPLY_BYTES_MAX = ENVELOPE_BYTES + SEAL_BYTES + RECEIPT_BYTES_MAX;

/** Connections without and with TLS. */
interface Ways {
  readonly plain: Way;
  secure(): Promise<Way>;
  close(): Promise<void>;
}

function makeWays(rejectUnauthorized: boolean): Ways {
  const plain: Way = { request, agent: new Agent(CONNECTIONS) };
  let secure: Promise<Way> | undefined;

  // Many nodes never meet a peer behind TLS: they are spared its memory and its loading time.
  const loadSecure = async (): Promise<Way> => {
    const https = await import('node:https');
    return {
      request: https.request,
      agent: new https.Agent({ ...CONNECTIONS, rejectUnauthorized }),
    };
  };

  return Object.freeze<Ways>({
    plain,
    secure() {
      secure ??= loadSecure();
      return secure;
    },
    async close() {
      plain.agent.destroy();
      (await secure)?.agent.destroy();
    },
  });
}

const CONNECTIONS = {
  keepAlive: true,
  maxSockets: POSTER_CONNECTIONS_MAX,
  // For idle ones only. Below the listener's: a request MUST NOT meet a connection that is just
  // being closed.
  timeout: POSTER_IDLE_MS,
};
