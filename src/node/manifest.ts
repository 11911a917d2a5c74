// Manifest: what the `qrt.json` of a bundle says: who it is, and what an operator must give it.
//
// It grants nothing. It only names what install asks the operator for.

import * as v from 'valibot';
import type { QrtError } from '../core/errors.ts';
import { BUNDLE_REFS_MAX, MANIFEST_LINE_CHARACTERS_MAX } from '../core/limits.ts';
import { GRANTABLE_TYPES, isNativeType, type NativeType } from '../core/power.ts';
import { line, list, readAs, record } from './schema.ts';

/** A reference that the root object needs, as a key of its power. */
interface NeededRef {
  readonly name: string;
  /** For people: what it is for. */
  readonly purpose: string;
}

/** A manifest; without a `qrt.json` it asks for nothing. */
export interface Manifest {
  readonly name?: string;
  readonly description?: string;
  readonly grants: readonly NativeType[];
  readonly refs: readonly NeededRef[];
}

/** Names of files and references that code reaches as `power.NAME` or `power.code.NAME`. */
export const PLAIN_NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** How errors tell people what a plain name is. */
export const PLAIN_NAME_WORDS = 'letters, digits, "_" and "$", and no digit first';

export const NO_MANIFEST: Manifest = Object.freeze({ grants: [], refs: [] });

const LINE = `one line of 1 to ${MANIFEST_LINE_CHARACTERS_MAX} characters`;
const GRANTS_MAX = 16;
const NAME_SHOWN = 40;

interface ManifestInput {
  readonly json: unknown;
  /** Makes the error of a reason that names the wrong field. */
  readonly fail: (reason: string) => QrtError;
}

/** Reads a manifest. Throws what `fail` makes. */
export function parseManifest({ json, fail }: ManifestInput): Manifest {
  const { grants = [], refs = [], ...rest } = readAs({ json, schema: MANIFEST, fail });
  return { ...rest, grants: [...new Set(grants)], refs };
}

const SHORT_LINE = line({ max: MANIFEST_LINE_CHARACTERS_MAX, wanted: LINE });

/** Any plain name may be one of a reference, `__proto__` too, so these are no fields of a record. */
const REFS = v.pipe(
  v.custom<object>(isRecord, 'must be an object'),
  v.transform((refs) => Object.entries(refs).map(([name, purpose]) => ({ name, purpose }))),
  v.maxLength(BUNDLE_REFS_MAX, `has more than ${BUNDLE_REFS_MAX} references`),
  v.rawTransform<{ name: string; purpose: unknown }[], NeededRef[]>(
    ({ dataset: { value: refs }, addIssue, NEVER }) => {
      for (const { name, purpose } of refs) {
        const wrong = judgeRef(name, purpose);
        if (wrong === undefined) continue;
        const key = {
          type: 'object',
          origin: 'value',
          input: {},
          key: name,
          value: purpose,
        } as const;
        addIssue({ message: wrong.message, ...(wrong.isOfName ? {} : { path: [key] }) });
        return NEVER;
      }
      return refs as NeededRef[];
    },
  ),
);

const MANIFEST = record({
  name: v.exactOptional(SHORT_LINE),
  description: v.exactOptional(SHORT_LINE),
  grants: v.exactOptional(
    list(v.picklist(GRANTABLE_TYPES, `must be one of: ${GRANTABLE_TYPES.join(', ')}`), GRANTS_MAX),
  ),
  refs: v.exactOptional(REFS),
});

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface WrongRef {
  readonly message: string;
  /** Then the place cannot be written as a path. */
  readonly isOfName?: true;
}

function judgeRef(name: string, purpose: unknown): WrongRef | undefined {
  if (!PLAIN_NAME.test(name)) {
    const shown = JSON.stringify(name.slice(0, NAME_SHOWN));
    return { message: `names ${shown}: use ${PLAIN_NAME_WORDS}`, isOfName: true };
  }
  if (name === 'memory' || isNativeType(name)) {
    return { message: 'is put into the power by qrt: choose another name' };
  }
  return v.is(SHORT_LINE, purpose) ? undefined : { message: `must be what it is for, ${LINE}` };
}
