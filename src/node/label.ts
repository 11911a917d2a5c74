// Label: what an operator writes beside a QRID, so that it can be told from others later.

import { QrtError } from '../core/errors.ts';
import { LABEL_CHARACTERS_MAX } from '../core/limits.ts';
import { asLine } from './fields.ts';

/** One line without control characters, nor what turns the direction of text. */
export const asLabel = asLine(LABEL_CHARACTERS_MAX);

/** Checks a label that an operator typed. Throws QRT_ARGUMENT_INVALID. */
export function parseLabel(text: string): string {
  const label = asLabel(text);
  if (label !== undefined) return label;
  const reason = `give one line of 1 to ${LABEL_CHARACTERS_MAX} characters`;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: '--label', reason });
}
