// Door of the page: who may come in to what `qrt ui` serves.
//
// The page listens on a loopback port that every process and every web page of this machine can
// reach, so each request has to prove that the operator's browser makes it for this very page.
// Cookies do not tell ports apart: the session's path, a secret too, keeps a server on another port
// from being sent our cookie.

import { sha256 } from '../crypto/hash.ts';
import type { Entropy } from '../kernel/ports.ts';

/** What a request says of itself. */
export interface DoorRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What is done with a request. */
type Admission =
  /** The token came: the browser gets its cookie with the page. */
  | { readonly type: 'exchange'; readonly cookie: string }
  /** A request of the session for what stands behind its path. */
  | { readonly type: 'session'; readonly name: string; readonly query: URLSearchParams }
  | { readonly type: 'refused'; readonly status: number; readonly reason: string };

export interface Door {
  /** Path and query by which the operator's browser comes in, once. */
  readonly entrance: string;
  /** The path of the session, with a slash on both ends. */
  readonly path: string;
  admit(request: DoorRequest): Admission;
}

const SECRET_BYTES = 32;
const COOKIE_NAME = 'qrt_ui';
const URL_CHARACTERS_MAX = 2_048;

/** The door of one `qrt ui` on a port. */
export function makeDoor({ port, entropy }: { port: number; entropy: Entropy }): Door {
  const [token, pathSecret, session] = [1, 2, 3].map(() => makeSecret(entropy));
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const origins = new Set([...hosts].map((host) => `http://${host}`));
  const path = `/${pathSecret}/`;
  let isTokenUsed = false;

  const exchange = (given: string): Admission => {
    if (!isSame(given, token!)) return refuse(403, 'This is not the token of this page.');
    if (isTokenUsed) return refuse(403, TOKEN_USED);
    isTokenUsed = true;
    const cookie = `${COOKIE_NAME}=${session}; HttpOnly; SameSite=Strict; Path=${path}`;
    return { type: 'exchange', cookie };
  };

  const admit = ({ method, url, headers }: DoorRequest): Admission => {
    if (!hosts.has(String(headers['host']))) return refuse(403, 'This host name is not allowed.');
    const { origin } = headers;
    if (origin !== undefined && !origins.has(String(origin))) {
      return refuse(403, 'This page is for no other web page.');
    }
    if (method !== 'GET') return refuse(405, 'This page can only be read.');
    if (url.length > URL_CHARACTERS_MAX || !URL.canParse(url, BASE)) {
      return refuse(400, 'This address cannot be read.');
    }
    const { pathname, searchParams } = new URL(url, BASE);
    const given = searchParams.get('token');
    if (pathname === '/' && given !== null) return exchange(given);
    const isOurs = pathname.startsWith(path) && isSame(readCookie(headers['cookie']), session!);
    if (!isOurs || isFromElsewhere(headers)) return refuse(403, NO_SESSION);
    return { type: 'session', name: pathname.slice(path.length), query: searchParams };
  };

  return Object.freeze({ entrance: `/?token=${token}`, path, admit });
}

const BASE = 'http://127.0.0.1';

const TOKEN_USED =
  'This address works once, and it was used. If it was not you who used it, end `qrt ui` now. ' +
  'For another address run `qrt ui` again.';

const NO_SESSION =
  'This page opens only by the address that `qrt ui` prints. Run `qrt ui DIR` and use that one.';

const refuse = (status: number, reason: string): Admission => ({ type: 'refused', status, reason });

function makeSecret(entropy: Entropy): string {
  return Buffer.from(entropy(SECRET_BYTES)).toString('base64url');
}

/** Compares hashes: how long that takes says nothing about the secret. */
function isSame(given: string | undefined, secret: string): boolean {
  if (given === undefined) return false;
  return Buffer.compare(sha256(Buffer.from(given)), sha256(Buffer.from(secret))) === 0;
}

function readCookie(header: string | readonly string[] | undefined): string | undefined {
  const cookies = String(header ?? '').split(';');
  const ours = cookies
    .map((text) => text.trim())
    .find((text) => text.startsWith(`${COOKIE_NAME}=`));
  return ours?.slice(COOKIE_NAME.length + 1);
}

/** Browsers say who makes a request; only a person or this page itself may. */
function isFromElsewhere(headers: DoorRequest['headers']): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
