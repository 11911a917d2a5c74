// Label: what an operator writes beside a QRID, so that it can be told from others later.

import * as v from 'valibot';
import { QrtError } from '../core/errors.ts';
import { LABEL_CHARACTERS_MAX } from '../core/limits.ts';
import { line } from './schema.ts';

/** One line without control characters, nor what turns the direction of text. */
export const LABEL = line({ max: LABEL_CHARACTERS_MAX, wanted: 'a short line of text' });

/** Checks a label of an operator. Throws QRT_ARGUMENT_INVALID. */
export function parseLabel(text: string, what = '--label'): string {
  if (v.is(LABEL, text)) return text;
  const reason = `give one line of 1 to ${LABEL_CHARACTERS_MAX} characters`;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}
