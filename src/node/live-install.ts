// Live install: what a program asks to install, with values where a command has JSON, checked as
// `qrt install` checks it.

import { QrtError } from '../core/errors.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import type { Capdata } from '../core/power.ts';
import type { ControlRequest, OperatorData } from '../kernel/ports.ts';
import { type CodeSource, readCodeSource } from './code-source.ts';
import type { CheckedSource } from './install.ts';
import { addCode, planPower } from './install-power.ts';
import type { LiveInstall, LiveValue } from './live-input.ts';

type InstallRequest = Extract<ControlRequest, { type: 'install' }>;

/** How references stand in values, and what a value is as data. */
interface LiveValues<Slot extends string> {
  readonly isReference: (value: unknown) => boolean;
  /** Throws QRT_DATA_UNCARRIED, QRT_DATA_OVERSIZE. MUST not run code of the value. */
  readonly toData: (given: LiveValue) => Capdata<Slot>;
}

/** An install whose input was read: what the caller changes afterwards changes nothing. */
export interface ReadInstall<Slot extends string> {
  readonly source: CodeSource;
  readonly name: string;
  readonly grants: readonly string[];
  /** But for the code of a bundle, which is not checked yet. */
  readonly power: Capdata<Slot>;
  /** What the vat takes as a power. */
  readonly bytesMax: number;
}

const WHAT = 'power';

interface ReadInput<Slot extends string> extends LiveValues<Slot> {
  readonly limits: NodeLimits;
}

/** Throws what `qrt install` throws, and QRT_DATA_UNCARRIED for a power that is no data. */
export function readInstall<Slot extends string>(
  { limits, isReference, toData }: ReadInput<Slot>,
  input: LiveInstall,
): ReadInstall<Slot> {
  const { path, code, power = {}, grants: asked = [] } = input;
  const { powerBytes: bytesMax } = limits;
  // Before anything else reads it: no code of the caller runs below.
  toData({ what: WHAT, value: power, bytesMax });
  const source = findSource({ path, code }, limits);
  const { value, grants } = planPower({
    bundle: source.bundle && { ...source.bundle, path: source.path },
    given: {
      typed: { what: WHAT, value: power },
      grants: asked,
      refs: [],
      bytesMax,
      isReference,
    },
  });
  const data = toData({ what: WHAT, value, bytesMax });
  return { source, name: input.name ?? source.name, grants, power: data, bytesMax };
}

interface RequestInput<Slot extends string> {
  readonly id: string;
  readonly given: ReadInstall<Slot>;
  /** As an operator's request carries it. */
  readonly toOperatorData: (data: Capdata<Slot>) => Promise<OperatorData>;
  /** `checkSource`, or what remembers what that said. */
  readonly check: (source: CodeSource) => Promise<CheckedSource>;
}

/** Throws QRT_CODE_REFUSED, QRT_SANDBOX_UNAVAILABLE. */
export async function makeInstallRequest<Slot extends string>(
  input: RequestInput<Slot>,
): Promise<InstallRequest> {
  const { id, given, toOperatorData, check } = input;
  const { source, name, grants, power, bytesMax } = given;
  const [code, ...others] = await check(source);
  const { bundle } = source;
  const texts = others.map(({ text }) => text);
  const data = await toOperatorData(power);
  const whole = addCode({ data, bundle, texts, bytesMax });
  return { type: 'install', id, name, code, grants, power: whole };
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
