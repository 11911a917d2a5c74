// Test install: what an install of a test asks of the kernel, checked as `qrt install` checks it.

import { createHash } from 'node:crypto';
import { QrtError } from '../core/errors.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import type { Capdata } from '../core/power.ts';
import type { ControlRequest } from '../kernel/ports.ts';
import { type CodeSource, readCodeSource } from '../node/code-source.ts';
import { checkSource } from '../node/install.ts';
import { addCode, planPower } from '../node/install-power.ts';
import { makeRequestId } from '../node/request-id.ts';
import type { ReferenceBook, ReferenceKey } from './reference-book.ts';
import { toCapdata, toOperatorData } from './test-data.ts';
import type { TestInstall } from './test-vat.ts';

type InstallRequest = Extract<ControlRequest, { type: 'install' }>;

/** An install whose input was read: what the caller changes afterwards changes nothing. */
export interface ReadInstall {
  readonly source: CodeSource;
  readonly name: string;
  readonly grants: readonly string[];
  /** But for the code of a bundle, which is not checked yet. */
  readonly power: Capdata<ReferenceKey>;
  /** What the vat takes as a power. */
  readonly bytesMax: number;
}

const WHAT = 'power';

interface VatInput {
  readonly book: ReferenceBook;
  readonly limits: NodeLimits;
}

/** Throws what `qrt install` throws, and QRT_DATA_UNCARRIED for a power that is no data. */
export function readInstall({ book, limits }: VatInput, input: TestInstall): ReadInstall {
  const { path, code, power = {}, grants: asked = [] } = input;
  const { powerBytes: bytesMax } = limits;
  const toData = (value: unknown) => toCapdata(book, { what: WHAT, value, bytesMax });
  // Before anything else reads it: no code of the test runs below.
  toData(power);
  const source = findSource({ path, code }, limits);
  const { value, grants } = planPower({
    bundle: source.bundle && { ...source.bundle, path: source.path },
    given: {
      typed: { what: WHAT, value: power },
      grants: asked,
      refs: [],
      bytesMax,
      isReference: (found) => book.keyOf(found) !== undefined,
    },
  });
  return { source, name: input.name ?? source.name, grants, power: toData(value), bytesMax };
}

/** Checks the code. Throws QRT_CODE_REFUSED. */
export async function makeInstallRequest(
  book: ReferenceBook,
  { source, name, grants, power, bytesMax }: ReadInstall,
): Promise<InstallRequest> {
  const [code, ...others] = await check(source);
  const { bundle } = source;
  const texts = others.map(({ text }) => text);
  const data = await toOperatorData(book, power);
  const whole = addCode({ data, bundle, texts, bytesMax });
  return { type: 'install', id: makeRequestId(), name, code, grants, power: whole };
}

interface SourceInput {
  readonly path: unknown;
  readonly code: unknown;
}

function findSource({ path, code }: SourceInput, limits: NodeLimits): CodeSource {
  if (typeof path === 'string' && code === undefined) return readCodeSource(path, { limits });
  if (typeof code === 'string' && path === undefined) {
    const main = { path: CODE, text: code, bytesMax: limits.codeInstallBytes };
    return { path: CODE, isShipped: false, name: CODE, main, hidesShipped: false };
  }
  const reason = 'give either `path` or `code`, as text';
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: 'install', reason });
}

/** What errors and logs call code that came from no file. */
const CODE = 'code';

type Checked = Awaited<ReturnType<typeof checkSource>>;

/** Hash of texts → what a worker said of them in this process: tests install one code often. */
const checks = new Map<string, Checked>();

async function check(source: CodeSource): Promise<Checked> {
  const files = [source.main, ...(source.bundle?.codes ?? [])];
  const texts = files.map(({ text, bytesMax }) => [text, bytesMax]);
  const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
  const checked = checks.get(hash) ?? (await checkSource(source));
  checks.set(hash, checked);
  return checked;
}
