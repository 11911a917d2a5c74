// TLS files: the certificate and the key of a node that speaks TLS by itself.
//
// They are read at its start, and again from time to time, as certificates are renewed while a node
// runs. What cannot be used then changes nothing: the node goes on with what it has.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { isQrtError, QrtError } from '../core/errors.ts';
import { TLS_CHECK_MS, TLS_ENDS_SOON_MS, TLS_FILE_BYTES_MAX } from '../core/tls-limits.ts';
import type { BaseDir } from './base-dir.ts';
import { formatTime, systemClock } from './clock.ts';
import type { Note } from './node-log.ts';

/** Paths of PEM files, absolute or from the node's directory. */
export interface TlsFiles {
  /** The certificate, and behind it those that lead from it to a root. */
  readonly certificate: string;
  /** Its private key, without a passphrase. */
  readonly key: string;
}

/** What was in the files, and fits together. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  readonly certificate: X509Certificate;
}

export interface TlsPlace {
  readonly base: Pick<BaseDir, 'dir' | 'config'>;
  readonly files: TlsFiles;
}

/** Reads both. Throws QRT_TLS_INVALID, which names the file. */
export function readTls({ base, files }: TlsPlace): TlsIdentity {
  const paths = {
    certificate: resolve(base.dir, files.certificate),
    key: resolve(base.dir, files.key),
  };
  const invalid = (path: string, reason: string, cause?: unknown): QrtError =>
    new QrtError('QRT_TLS_INVALID', { path, reason, config: base.config }, cause);
  const [cert, key] = [paths.certificate, paths.key].map((path) => {
    try {
      const { size } = statSync(path);
      if (size <= TLS_FILE_BYTES_MAX) return readFileSync(path, 'utf8');
    } catch (error) {
      throw invalid(path, `it cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
    }
    throw invalid(path, `it has more than ${TLS_FILE_BYTES_MAX} bytes`);
  }) as [string, string];
  const certificate = attempt(
    () => new X509Certificate(cert),
    (error) => invalid(paths.certificate, 'it is no certificate in PEM', error),
  );
  const privateKey = attempt(
    () => createPrivateKey(key),
    (error) => invalid(paths.key, 'it is no private key in PEM without a passphrase', error),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(paths.key, 'it is not the key of the certificate');
  }
  // Of what this version of OpenSSL takes, which is stricter: short keys, old hashes.
  attempt(
    () => createSecureContext({ cert, key }),
    (error) => invalid(paths.certificate, (error as Error).message, error),
  );
  return { cert, key, certificate };
}

function attempt<T>(work: () => T, explain: (error: unknown) => QrtError): T {
  try {
    return work();
  } catch (error) {
    throw explain(error);
  }
}

/** How long it is valid, in words, if that is worth a warning; times in milliseconds. */
export function describeValidity(
  { certificate }: Pick<TlsIdentity, 'certificate'>,
  nowMs = systemClock.nowMs(),
): string | undefined {
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (nowMs > toMs) return `the certificate ended at ${formatTime(toMs)}`;
  if (nowMs < fromMs) return `the certificate begins at ${formatTime(fromMs)}`;
  if (toMs - nowMs > TLS_ENDS_SOON_MS) return undefined;
  return `the certificate ends at ${formatTime(toMs)}`;
}

export interface TlsWatchInput extends TlsPlace {
  /** Both files have changed, and can be used. */
  readonly onRenewed: (identity: TlsIdentity) => void;
  readonly note: (note: Note) => void;
  /** What is in use. */
  readonly identity: TlsIdentity;
  readonly checkMs?: number;
}

/** Looks at the files from time to time; the result ends that. */
export function watchTls(input: TlsWatchInput): () => void {
  const { note, onRenewed, checkMs = TLS_CHECK_MS } = input;
  let { identity } = input;
  let lastTrouble: string | undefined;
  let isToldOf: string | undefined;

  const tell = (text: string): void => {
    if (isToldOf !== text) note({ level: 'warn', text: `TLS: ${text}` });
    isToldOf = text;
  };
  const look = (): void => {
    try {
      const found = readTls(input);
      lastTrouble = undefined;
      if (found.cert !== identity.cert || found.key !== identity.key) {
        identity = found;
        onRenewed(found);
        note({ level: 'info', text: 'TLS: the certificate was renewed' });
      }
    } catch (error) {
      if (!isQrtError(error, 'QRT_TLS_INVALID')) throw error;
      // One file after the other is written: only what stays so is told.
      if (lastTrouble === error.message) tell(`${error.code}: ${error.message}`);
      lastTrouble = error.message;
      return;
    }
    const words = describeValidity(identity);
    if (words !== undefined) tell(words);
  };
  const words = describeValidity(identity);
  if (words !== undefined) tell(words);
  const timer = setInterval(look, checkMs);
  timer.unref();
  return () => clearInterval(timer);
}
