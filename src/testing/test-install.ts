// Test install: what an install of a test asks of the kernel, checked as `qrt install` checks it.

import { createHash } from 'node:crypto';
import type { NodeLimits } from '../core/node-limits.ts';
import type { ControlRequest } from '../kernel/ports.ts';
import type { CodeSource } from '../node/code-source.ts';
import { type CheckedSource, checkSource } from '../node/install.ts';
import type { LiveInstall } from '../node/live-input.ts';
import { makeInstallRequest, type ReadInstall, readInstall } from '../node/live-install.ts';
import { makeRequestId } from '../node/request-id.ts';
import type { ReferenceBook, ReferenceKey } from './reference-book.ts';
import { toCapdata, toOperatorData } from './test-data.ts';

type InstallRequest = Extract<ControlRequest, { type: 'install' }>;

/** Throws what `qrt install` throws, and QRT_DATA_UNCARRIED for a power that is no data. */
export function readTestInstall(
  { book, limits }: { readonly book: ReferenceBook; readonly limits: NodeLimits },
  input: LiveInstall,
): ReadInstall<ReferenceKey> {
  const isReference = (value: unknown): boolean => book.keyOf(value) !== undefined;
  return readInstall({ limits, isReference, toData: (data) => toCapdata(book, data) }, input);
}

/** Checks the code. Throws QRT_CODE_REFUSED. */
export function makeTestRequest(
  book: ReferenceBook,
  given: ReadInstall<ReferenceKey>,
): Promise<InstallRequest> {
  return makeInstallRequest({
    id: makeRequestId(),
    given,
    toOperatorData: (data) => toOperatorData(book, data),
    check,
  });
}

/** Hash of texts → what a worker said of them in this process: tests install one code often. */
const checks = new Map<string, CheckedSource>();

async function check(source: CodeSource): Promise<CheckedSource> {
  const files = [source.main, ...(source.bundle?.codes ?? [])];
  const texts = files.map(({ text, bytesMax }) => [text, bytesMax]);
  const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
  const checked = checks.get(hash) ?? (await checkSource(source));
  checks.set(hash, checked);
  return checked;
}
