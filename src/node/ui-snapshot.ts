// Snapshot for the page: objects, who refers to whom, and one object in full, as committed last.

import { decode } from '../core/capdata-decode.ts';
import { isQrtError } from '../core/errors.ts';
import type {
  PageGraph,
  PageMemory,
  PageObject,
  PageObjectNode,
  PageValue,
} from '../core/page-data.ts';
import { UI_EDGES_MAX, UI_OBJECTS_MAX, UI_WAITING_SHOWN } from '../core/page-limits.ts';
import type { ObjectHead, ObjectInFull, PageReader, StoredValue } from '../store/page-reader.ts';

/** The objects of a vat and the references between them, up to the bounds of a page. */
export function readGraph(reader: PageReader): PageGraph {
  const objects = reader.objects(UI_OBJECTS_MAX);
  const isCut = objects.length === UI_OBJECTS_MAX;
  return {
    objects: objects.map(presentNode),
    imports: reader.imports(UI_OBJECTS_MAX).map(({ id, vat, petname, isLive }) => ({
      id,
      vat,
      ...(petname === null ? {} : { petname }),
      isLive: isLive !== 0,
    })),
    edges: reader.references({ objects: UI_OBJECTS_MAX, limit: UI_EDGES_MAX }),
    objectsTotal: isCut ? reader.countObjects() : objects.length,
  };
}

/** One object in full; undefined when there is none of that id. */
export function readObject(reader: PageReader, id: string): PageObject | undefined {
  const found = reader.object(id);
  if (found === undefined) return undefined;
  const { owner, installation, code, text, natives } = found;
  const memory = found.memory === null ? undefined : readMemory(reader, found, found.memory);
  return {
    id,
    name: nameOf(text),
    owner,
    installation,
    code: { hash: code, text },
    natives,
    power: presentValue(found),
    ...(memory === undefined ? {} : { memory }),
    waiting: {
      rows: reader.countWaiting(owner, id),
      first: reader
        .waiting({ owner, target: id, limit: UI_WAITING_SHOWN })
        .map(({ seq, share, peer, trace, attempts, ...args }) => ({
          seq,
          share,
          ...(peer === null ? {} : { peer }),
          trace,
          attempts,
          args: presentValue(args),
        })),
    },
  };
}

function presentNode({ id, owner, installation, head, memory }: ObjectHead): PageObjectNode {
  const node = { id, name: nameOf(head), owner, installation };
  return memory === null ? node : { ...node, memory };
}

const FUNCTION_NAME = /^\s*function\s+([\p{ID_Start}$_][\p{ID_Continue}$]{0,63})/u;

/** What a code text calls itself. */
function nameOf(text: string): string {
  return FUNCTION_NAME.exec(text)?.[1] ?? '';
}

function readMemory(reader: PageReader, object: ObjectInFull, id: string): PageMemory | undefined {
  const stored = reader.memory(id);
  if (stored === undefined) return undefined;
  const holders = reader.holdersOf(id, UI_WAITING_SHOWN + 1).filter((each) => each !== object.id);
  return {
    id,
    bytes: Buffer.byteLength(stored.body),
    sharedWith: holders.slice(0, UI_WAITING_SHOWN),
    ...presentValue(stored),
  };
}

/** A stored value for the page. Workers write bodies, so their form is checked before it goes on. */
function presentValue({ body, slots }: StoredValue): PageValue {
  try {
    decode({ body, slots }, { makeReference: () => null });
  } catch (error) {
    if (!isQrtError(error, 'QRT_DATA_MALFORMED')) throw error;
    return { slots: [], problem: error.message };
  }
  return { value: JSON.parse(body), slots };
}
