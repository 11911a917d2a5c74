// Install: makes a root object from a file. The operator's word gives it its power.

import { QrtError } from '../core/errors.ts';
import type { CodePlace } from '../core/frames.ts';
import { CODE_BYTES_INSTALL_MAX, POWER_BYTES_MAX } from '../core/limits.ts';
import { GRANTABLE_TYPES, type NativeType } from '../core/power.ts';
import type { InstallReply } from '../kernel/ports.ts';
import { checkCode } from '../worker/check.ts';
import { type Asked, askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import { type CodeSource, readCodeSource } from './code-source.ts';
import { makeOperatorData } from './operator-data.ts';
import { guestProgram } from './program.ts';
import { makeRequestId, parseRequestId } from './request-id.ts';

export interface InstallInput {
  readonly dir: string;
  readonly path: string;
  readonly power: string;
  readonly grants: readonly string[];
  readonly refs: readonly string[];
  readonly id: string | undefined;
}

/** What was installed, and from where. */
export interface Installed extends Asked<InstallReply> {
  readonly source: CodeSource;
}

/** Throws QRT_CODE_MISSING, QRT_CODE_REFUSED (with line, column and caret), and what a node says. */
export async function install(input: InstallInput): Promise<Installed> {
  const base = openBaseDir(input.dir);
  const id = input.id === undefined ? makeRequestId() : parseRequestId(input.id);
  for (const type of input.grants) assertGrantable(type);
  const power = makeOperatorData({
    what: '--power',
    json: input.power,
    refs: input.refs,
    bytesMax: POWER_BYTES_MAX,
  });
  assertPower({ body: power.body, grants: input.grants });
  const source = readCodeSource(input.path);
  const code = await checkSource(source);
  const asked = await askNode<InstallReply>(base, {
    type: 'install',
    id,
    name: source.name,
    code,
    grants: input.grants,
    power,
  });
  return { ...asked, source };
}

function assertGrantable(type: string): void {
  if (GRANTABLE_TYPES.includes(type as NativeType)) return;
  throw new QrtError('QRT_GRANT_UNKNOWN', { type, known: GRANTABLE_TYPES.join(', ') });
}

/** What qrt puts into a power itself cannot be given as data. */
const RESERVED = ['memory', 'make_object'];

function assertPower({ body, grants }: { body: string; grants: readonly string[] }): void {
  const refuse = (reason: string): QrtError =>
    new QrtError('QRT_ARGUMENT_INVALID', { what: '--power', reason });
  const data: unknown = JSON.parse(body);
  const isRecord = typeof data === 'object' && data !== null && !Array.isArray(data);
  // A data key never starts with a single `$`: this is a reference in place of the whole.
  if (!isRecord || Object.hasOwn(data, '$')) throw refuse('give a JSON object');
  for (const key of [...RESERVED, ...grants]) {
    if (Object.hasOwn(data, key)) throw refuse(`"${key}" is put there by qrt, not by --power`);
  }
}

async function checkSource(source: CodeSource): Promise<{ text: string; hash: string }> {
  const checked = await checkCode({
    program: guestProgram(),
    text: source.text,
    bytesMax: CODE_BYTES_INSTALL_MAX,
  });
  if ('text' in checked) return checked;
  const { reason, place } = checked;
  if (place === undefined) {
    throw new QrtError('QRT_CODE_REFUSED', { where: source.path, reason });
  }
  const where = `${source.path}:${place.line}:${place.column}`;
  const error = new QrtError('QRT_CODE_REFUSED', { where, reason });
  error.message += `\n${pointAt(source.text, place)}`;
  throw error;
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
