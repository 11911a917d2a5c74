// Outcome: what came of one piece of hostile code, and how that is written down.

import { isDeepStrictEqual } from 'node:util';

/** What happened to a code text. */
export type Outcome =
  /** It never became an object. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Its turn failed; `code` is there when the error is one of qrt. */
  | {
      readonly kind: 'throws';
      readonly name: string;
      readonly code?: string;
      readonly message: string;
    }
  /** Its message was taken out, as it ended or stopped its worker. */
  | { readonly kind: 'killed'; readonly cause: string }
  | { readonly kind: 'value'; readonly value: unknown };

/** What is expected: a kind, and for its detail nothing, an error's name or code, a cause, a value. */
export interface Expected {
  readonly kind: Outcome['kind'];
  readonly detail?: string;
  readonly value?: unknown;
}

/** An outcome on one line. */
export function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'value':
      return `value ${JSON.stringify(outcome.value) ?? 'undefined'}`;
    case 'killed':
      return `killed ${outcome.cause}`;
    case 'refused':
      return `refused ${outcome.code}: ${oneLine(outcome.message)}`;
    case 'throws':
      return `throws ${outcome.code ?? outcome.name}: ${oneLine(outcome.message)}`;
  }
}

/** Whether an outcome is what was expected; without a detail the kind is enough. */
export function isAs(expected: Expected, outcome: Outcome): boolean {
  if (expected.kind !== outcome.kind) return false;
  if (outcome.kind === 'value')
    return isDeepStrictEqual(plain(outcome.value), plain(expected.value));
  if (expected.detail === undefined) return true;
  if (outcome.kind === 'killed') return expected.detail === outcome.cause;
  if (outcome.kind === 'refused') return expected.detail === outcome.code;
  return expected.detail === (outcome.code ?? outcome.name);
}

/** A function that returns nothing gives `undefined`, for which JSON has no word but null. */
const plain = (value: unknown): unknown => value ?? null;

const oneLine = (text: string): string => text.split('\n', 1)[0] ?? '';
