// Readers: what reads a stranger's text without any state returns a value or throws a coded error.

import { encode } from '../../../src/core/capdata.ts';
import { decode } from '../../../src/core/capdata-decode.ts';
import { formatContact, parseContact } from '../../../src/core/contact.ts';
import { type ErrorCode, isQrtError, QrtError } from '../../../src/core/errors.ts';
import { encodeFrame, makeFrameSplitter } from '../../../src/core/frames.ts';
import { formatQrid, parseQrid } from '../../../src/core/ids.ts';
import { encodeItem, type Item, parseItem } from '../../../src/core/item.ts';
import { parseWorkerFrame } from '../../../src/core/worker-frames.ts';
import { parseRequestFrame } from '../../../src/node/control-requests.ts';
import { parseManifest } from '../../../src/node/manifest.ts';
import { pick } from '../../sim/random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { type Json, mutateJson, writeMutated } from '../mutate-json.ts';
import { must, type Random, type Session, type Target } from '../target.ts';
import * as valid from '../valid.ts';

/** Reads a text; may throw errors with this code and no others. */
interface Reader {
  readonly name: string;
  readonly code: ErrorCode | undefined;
  /** A valid input, mutated. */
  make(random: Random): string | Uint8Array;
  /** Returns false for what is no value of its kind. Checks what must hold of one that is. */
  read(input: string | Uint8Array): boolean;
}

const jsonOf =
  (examples: readonly Json[]) =>
  (random: Random): string =>
    writeMutated(random, mutateJson(random, pick(random, examples)));
const bytesOf = (input: string | Uint8Array): Uint8Array => Buffer.from(input as string);
const textOf = (input: string | Uint8Array): string => Buffer.from(input as string).toString();

const CAPDATA: Reader = {
  name: 'capdata',
  code: 'QRT_DATA_MALFORMED',
  make: jsonOf(valid.BODIES),
  read(input) {
    const slots = ['a', 'b'] as const;
    const makeReference = (slot: string): unknown => REFERENCES.get(slot);
    const value = decode({ body: textOf(input), slots }, { makeReference });
    // What was read is written so that it is read again as the same.
    const slotOf = (found: object): string | undefined =>
      [...REFERENCES].find(([, reference]) => reference === found)?.[0];
    const options = {
      what: 'args',
      bytesMax: Number.MAX_SAFE_INTEGER,
      isProxy: () => false,
      slotOf,
    };
    const again = encode(value, options);
    const second = decode(again, { makeReference: (slot) => REFERENCES.get(slot) });
    must(encode(second, options).body === again.body, 'a body changes when it is copied');
    return true;
  },
};
const REFERENCES = new Map(['a', 'b'].map((slot) => [slot, Object.freeze({ slot })]));

const ITEM: Reader = {
  name: 'item',
  code: undefined,
  make(random) {
    const item = pick(random, valid.ITEMS);
    if (random() < 0.4) return mutateBytes(random, Buffer.from(item));
    const [head = '', ...body] = item.split('\n');
    const line = writeMutated(random, mutateJson(random, JSON.parse(head) as Json));
    return [line, ...body].join('\n');
  },
  read(input) {
    const item = parseItem(bytesOf(input));
    if (item.kind === 'malformed') return false;
    const again = parseItem(encodeItem(item as Exclude<Item, { kind: 'malformed' }>));
    must(JSON.stringify(again) === JSON.stringify(item), 'an item changes when it is written');
    return true;
  },
};

const QRID: Reader = {
  name: 'qrid',
  code: 'QRT_QRID_MALFORMED',
  make: (random) => textOf(mutateBytes(random, Buffer.from(pick(random, valid.QRIDS)))),
  read(input) {
    const text = textOf(input);
    must(formatQrid(parseQrid(text)) === text, 'a QRID is read that is not written so');
    return true;
  },
};

const CONTACT: Reader = {
  name: 'contact',
  code: 'QRT_CONTACT_INVALID',
  make(random) {
    const outer = JSON.parse(valid.CONTACT) as { record: string };
    const inner = writeMutated(random, mutateJson(random, JSON.parse(outer.record) as Json));
    return random() < 0.5
      ? JSON.stringify({ ...outer, record: inner })
      : writeMutated(random, mutateJson(random, outer as Json));
  },
  read(input) {
    const { contact, signature } = parseContact(textOf(input));
    const again = parseContact(formatContact(contact, () => signature));
    must(JSON.stringify(again.contact) === JSON.stringify(contact), 'a record changes');
    return true;
  },
};

const FRAME: Reader = {
  name: 'frame',
  code: 'QRT_WORKER_BROKEN',
  make(random) {
    const bytes = encodeFrame(mutateJson(random, pick(random, valid.WORKER_FRAMES)) as never);
    return random() < 0.3 ? mutateBytes(random, bytes) : bytes;
  },
  read(input) {
    const payloads = makeFrameSplitter().push(bytesOf(input));
    for (const payload of payloads) parseWorkerFrame(payload);
    return payloads.length > 0;
  },
};

const CONTROL: Reader = {
  name: 'control',
  code: 'QRT_REQUEST_MALFORMED',
  make: (random) =>
    JSON.stringify(mutateJson(random, { seq: 1, request: pick(random, valid.REQUESTS) })),
  read(input) {
    parseRequestFrame(JSON.parse(textOf(input)));
    return true;
  },
};

const MANIFEST: Reader = {
  name: 'manifest',
  code: 'QRT_BUNDLE_INVALID',
  make: (random) => JSON.stringify(mutateJson(random, valid.MANIFEST)),
  read(input) {
    const fail = (reason: string): QrtError =>
      new QrtError('QRT_BUNDLE_INVALID', { path: 'qrt.json', reason });
    parseManifest({ json: JSON.parse(textOf(input)), fail });
    return true;
  },
};

/** A target out of a reader. */
function targetOf({ name, code, make, read }: Reader): Target {
  return {
    name,
    cases: 1_000,
    casesShort: 120,
    kinds: ['read', 'refused'],
    open: (random): Session => ({
      run(note) {
        const input = make(random);
        note(typeof input === 'string' ? input : `${Buffer.from(input).toString('latin1')}`);
        try {
          return read(input) ? 'read' : 'refused';
        } catch (error) {
          if (code !== undefined && isQrtError(error, code)) return 'refused';
          throw error;
        }
      },
      close: () => {},
    }),
  };
}

export const READERS: readonly Target[] = [
  ...[CAPDATA, ITEM, QRID, CONTACT, FRAME, CONTROL, MANIFEST],
].map(targetOf);
