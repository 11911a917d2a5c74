// Limit choice: reads which limits an operator, or a test, chose for one node.

import * as v from 'valibot';
import type { QrtError } from '../core/errors.ts';
import {
  findClash,
  makeLimits,
  NODE_LIMIT_NAMES,
  NODE_LIMITS,
  type NodeLimitName,
  type NodeLimits,
  WIRE_LIMITS,
} from '../core/node-limits.ts';
import { readAs, record, whole } from './schema.ts';

const oneLimit = (name: NodeLimitName) => {
  const { min, max, unit } = NODE_LIMITS[name];
  return v.exactOptional(
    whole({ min, max, wanted: `a whole number from ${min} to ${max} (${unit})` }),
  );
};

type Entries = Record<NodeLimitName, ReturnType<typeof oneLimit>>;

const ENTRIES = Object.fromEntries(
  NODE_LIMIT_NAMES.map((name) => [name, oneLimit(name)]),
) as Entries;

/** Limits that were chosen; those that were not are absent. */
export const LIMITS = v.pipe(
  record(ENTRIES, (name) =>
    Object.hasOwn(WIRE_LIMITS, name)
      ? 'belongs to the protocol between vats, which have to agree on it: it cannot be chosen'
      : 'is unknown; `qrt help limits` lists what can be chosen',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const clash = findClash(dataset.value);
    if (clash === undefined) return;
    const { name, reason } = clash;
    const { value } = dataset;
    addIssue({
      message: reason,
      path: [{ type: 'object', origin: 'value', input: value, key: name, value: value[name] }],
    });
  }),
);

interface ChoiceInput {
  readonly json: unknown;
  /** Makes the error of a reason that names the wrong limit. */
  readonly fail: (reason: string) => QrtError;
}

/** All limits, of which `json` names those that are not the default. Throws what `fail` makes. */
export function readLimits({ json, fail }: ChoiceInput): NodeLimits {
  return makeLimits(readAs({ json, schema: LIMITS, fail }));
}
