// Ref: references as tests give them to a vat, and values that hold them.

import { types } from 'node:util';
import { encode } from '../../src/core/capdata.ts';
import { parseQrid } from '../../src/core/ids.ts';
import type { OperatorData } from '../../src/kernel/ports.ts';

const DATA_BYTES_MAX = 1024 * 1024;

/** A reference as a test gives it: it may stand anywhere in args and power. */
export class TestRef {
  readonly qrid: string;
  /** The object's id in its own vat. */
  readonly id: string;
  constructor(qrid: string, id: string) {
    this.qrid = qrid;
    this.id = id;
  }
}

/** A value with TestRefs in it as an operator's request carries it. */
export function operatorData(value: unknown): OperatorData {
  const { body, slots } = encode(value, {
    what: 'args',
    bytesMax: DATA_BYTES_MAX,
    isProxy: types.isProxy,
    slotOf: (object) => (object instanceof TestRef ? object.qrid : undefined),
  });
  return { body, slots: slots.map((slot) => parseQrid(slot)) };
}
