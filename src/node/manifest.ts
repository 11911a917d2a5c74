// Manifest: what the `qrt.json` of a bundle says: who it is, and what an operator must give it.
//
// It grants nothing. It only names what install asks the operator for.

import type { QrtError } from '../core/errors.ts';
import { BUNDLE_REFS_MAX, MANIFEST_LINE_CHARACTERS_MAX } from '../core/limits.ts';
import { GRANTABLE_TYPES, isNativeType, type NativeType } from '../core/power.ts';
import { asLine, type Fields, readFields } from './fields.ts';

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

const asShortLine = asLine(MANIFEST_LINE_CHARACTERS_MAX);
const LINE = `one line of 1 to ${MANIFEST_LINE_CHARACTERS_MAX} characters`;

interface ManifestInput {
  readonly json: unknown;
  /** Makes the error of a reason that names the wrong field. */
  readonly fail: (reason: string) => QrtError;
}

/** Reads a manifest. Throws what `fail` makes. */
export function parseManifest({ json, fail }: ManifestInput): Manifest {
  const keys = ['name', 'description', 'grants', 'refs'];
  const fields = readFields({ json, keys, fail });
  return {
    ...(fields.has('name') && { name: fields.take('name', asShortLine, LINE) }),
    ...(fields.has('description') && {
      description: fields.take('description', asShortLine, LINE),
    }),
    grants: fields.has('grants') ? readGrants(fields, fail) : [],
    refs: fields.has('refs') ? readRefs(fields.take('refs', asIs, ''), fail) : [],
  };
}

const GRANTS_MAX = 16;

const asIs = (value: unknown): unknown => value;

function readGrants(manifest: Fields, fail: ManifestInput['fail']): readonly NativeType[] {
  const grants = manifest.list('grants', {
    max: GRANTS_MAX,
    readItem: ({ json, at }) => {
      const known = GRANTABLE_TYPES.find((type) => type === json);
      if (known === undefined) throw fail(`"${at}" must be one of: ${GRANTABLE_TYPES.join(', ')}`);
      return known;
    },
  });
  return [...new Set(grants)];
}

function readRefs(json: unknown, fail: ManifestInput['fail']): readonly NeededRef[] {
  const names = typeof json === 'object' && json !== null ? Object.keys(json) : [];
  const fields = readFields({ json, keys: names, at: 'refs', fail });
  if (names.length > BUNDLE_REFS_MAX) {
    throw fail(`"refs" has more than ${BUNDLE_REFS_MAX} references`);
  }
  return names.map((name) => {
    if (!PLAIN_NAME.test(name)) {
      throw fail(
        `"refs" names ${JSON.stringify(name.slice(0, NAME_SHOWN))}: use ${PLAIN_NAME_WORDS}`,
      );
    }
    if (name === 'memory' || isNativeType(name)) {
      throw fail(`"refs.${name}" is put into the power by qrt: choose another name`);
    }
    return { name, purpose: fields.take(name, asShortLine, `what it is for, ${LINE}`) };
  });
}

const NAME_SHOWN = 40;
