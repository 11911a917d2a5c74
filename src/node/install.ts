// Install: makes a root object from a file or a folder. The operator's word gives it its power.

import { QrtError } from '../core/errors.ts';
import type { CodePlace } from '../core/frames.ts';
import type { RequiredSandbox } from '../core/sandbox.ts';
import { onOneLine } from '../core/shown-text.ts';
import type { InstallReply } from '../kernel/ports.ts';
import { type CheckResult, checkCodes } from '../worker/check.ts';
import { type Asked, askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import type { CodeFile } from './bundle.ts';
import { type CodeSource, readCodeSource } from './code-source.ts';
import { limitsOf, readConfig } from './config.ts';
import { addCode, type Given, planPower, readPowerData } from './install-power.ts';
import { parseLabel } from './label.ts';
import { encodePlaced, parseRefs } from './operator-data.ts';
import { makeRequestId, parseRequestId } from './request-id.ts';
import { findRequired } from './required-sandbox.ts';

export interface InstallInput {
  readonly dir: string;
  readonly path: string;
  /** JSON. */
  readonly power: string;
  readonly grants: readonly string[];
  /** `PLACE=QRID` each. */
  readonly refs: readonly string[];
  readonly id: string | undefined;
  /** For people: what the QRID is for. */
  readonly label?: string | undefined;
}

/** What was installed, from where, and what it was given. */
export interface Installed extends Asked<InstallReply> {
  readonly source: CodeSource;
  readonly grants: readonly string[];
  /** Places in its power. */
  readonly references: readonly string[];
}

/** Throws what is wrong with files and options before anything is asked of the node. */
export async function install(input: InstallInput): Promise<Installed> {
  const base = openBaseDir(input.dir);
  const id = input.id === undefined ? makeRequestId() : parseRequestId(input.id);
  const label = input.label === undefined ? undefined : parseLabel(input.label);
  const config = readConfig(base.config);
  const limits = limitsOf(config);
  const source = readCodeSource(input.path, { limits });
  const bundle = source.bundle && { ...source.bundle, path: source.path };
  const { powerBytes: bytesMax } = limits;
  const given = readOptions(input, bytesMax);
  const plan = planPower({ bundle, given });
  const data = encodePlaced({ ...plan, what: 'The power', bytesMax: Number.POSITIVE_INFINITY });
  const [code, ...others] = await checkSource(source, config.requireSandbox);
  const { grants } = plan;
  const asked = await askNode<InstallReply>(base, {
    type: 'install',
    id,
    name: source.name,
    code,
    grants,
    power: addCode({ data, bundle, texts: others.map(({ text }) => text), bytesMax }),
    ...(label !== undefined && { label }),
  });
  return { ...asked, source, grants, references: given.refs.map(({ path }) => path) };
}

function readOptions({ power, grants, refs }: InstallInput, bytesMax: number): Given {
  const what = '--power';
  return {
    typed: { what, value: readPowerData({ what, json: power, bytesMax }) },
    bytesMax,
    grants,
    refs: parseRefs(refs),
    isReference: () => false,
  };
}

type Checked = Extract<CheckResult, { readonly text: string }>;

/** The root's code first, then that of the bundle. */
export type CheckedSource = readonly [Checked, ...Checked[]];

/**
 * Throws QRT_CODE_REFUSED, and QRT_SANDBOX_UNAVAILABLE: whoever checks code reads it, so a worker
 * does it.
 */
export async function checkSource(
  source: CodeSource,
  requireSandbox?: RequiredSandbox,
): Promise<CheckedSource> {
  const files = [source.main, ...(source.bundle?.codes ?? [])];
  const sandbox = await findRequired(requireSandbox);
  const results = await checkCodes({ sandbox, codes: files });
  const checked = results.map((result, index) => {
    if ('text' in result) return result;
    throw codeRefused({ source, file: files[index] ?? source.main, refused: result });
  });
  return checked as readonly Checked[] as CheckedSource;
}

interface Refusal {
  readonly source: CodeSource;
  readonly file: CodeFile;
  readonly refused: Exclude<CheckResult, Checked>;
}

function codeRefused({ source, file, refused: { reason, place } }: Refusal): QrtError {
  const where = place === undefined ? file.path : `${file.path}:${place.line}:${place.column}`;
  const error = new QrtError('QRT_CODE_REFUSED', { where, reason });
  if (place !== undefined) error.message += `\n${pointAt(file.text, place)}`;
  if (source.hidesShipped) {
    // `qrt install DIR counter | tee counter` makes an empty file before qrt starts.
    error.message += `\nA path before you wins: this is not the shipped guest ${onOneLine(source.path)}.`;
  }
  return error;
}

const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 40;

/** The line of a place with a caret under its column; a long line is cut around it. */
function pointAt(text: string, { line, column }: CodePlace): string {
  const whole = text.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? '';
  const from = Math.max(0, column - 1 - SHOWN_BEFORE);
  const shown = whole.slice(from, column - 1 + SHOWN_AFTER);
  // Tabs stay, so that the caret stands where the terminal puts the column.
  const indent = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  const clean = shown.replace(CONTROL_CHARACTERS, '?');
  return `  ${clean}\n  ${indent}^`;
}

/** A file must not be able to write anything but text to the terminal. */
const CONTROL_CHARACTERS = /(?!\t)\p{Cc}/gu;
