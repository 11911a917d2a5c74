// Keeper: housekeeping requests of a test's operator, and what the vat replies.

import { type LocalId, parseQrid, type Qrid } from '../../src/core/ids.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type {
  DeleteReply,
  DropReply,
  KeepingRequest,
  ListedPeer,
  ListedQrid,
  NameReply,
  NewQridReply,
  PeerListReply,
  QridListReply,
  RevokeReply,
} from '../../src/kernel/keeping-ports.ts';
import type { DoubtReply, SettleReply, SettleRequest } from '../../src/kernel/settle-ports.ts';
import type { TestVat } from './test-vat.ts';
import { localIdOf } from './world.ts';

/** A request without its id, which is drawn. */
type Unnumbered<Request> = Request extends { id: string } ? Omit<Request, 'id'> : Request;

let requests = 0;

/** Asks for something and returns the reply's value. Throws what the vat refuses. */
export function keep<Value>(vat: TestVat, request: Unnumbered<KeepingRequest>): Value {
  requests += 1;
  const id = { id: `keep-${requests}` };
  const numbered = request.type.endsWith('-list') ? request : { ...request, ...id };
  const reply = vat.control(numbered as KeepingRequest);
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.value as Value;
}

/** The hash by which a QRID is known, in hexadecimal digits. */
export const hashOf = ({ swissnum }: Qrid): string =>
  Buffer.from(sha256(Buffer.from(swissnum))).toString('hex');

/** Another QRID of the object behind one. */
export function newQrid(vat: TestVat, of: Qrid | LocalId, label = ''): Qrid {
  const object = typeof of === 'string' ? of : localIdOf(vat, of);
  return parseQrid(keep<NewQridReply>(vat, { type: 'qrid-new', object, label }).qrid);
}

export function revoke(vat: TestVat, qrid: Qrid, withLinks = false): RevokeReply {
  return keep(vat, { type: 'qrid-revoke', hash: hashOf(qrid), withLinks });
}

/** What the list says of one QRID. */
export function listed(vat: TestVat, qrid: Qrid): ListedQrid {
  const { qrids } = keep<QridListReply>(vat, { type: 'qrid-list' });
  const found = qrids.find(({ hash }) => hashOf(qrid).startsWith(hash));
  if (!found) throw new Error('the list has no such QRID');
  return found;
}

export function remove(vat: TestVat, object: LocalId): DeleteReply {
  return keep(vat, { type: 'delete', object });
}

export function drop(vat: TestVat, peer: string): DropReply {
  return keep(vat, { type: 'peer-drop', peer });
}

export function name(vat: TestVat, peer: string, petname: string): NameReply {
  return keep(vat, { type: 'peer-name', peer, name: petname });
}

/** What the list says of one peer. */
export function peerOf(vat: TestVat, { id }: { readonly id: string }): ListedPeer {
  const { peers } = keep<PeerListReply>(vat, { type: 'peer-list' });
  const found = peers.find((peer) => peer.vat === id);
  if (!found) throw new Error('the list has no such peer');
  return found;
}

/** What the list of doubts says of one peer, or of one that has nothing to do with it. */
export function doubtOf(
  vat: TestVat,
  { id }: { readonly id: string },
  page: { readonly after?: number; readonly limit?: number } = {},
): DoubtReply {
  const reply = vat.control({ type: 'doubt', peer: id, ...page });
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.value as DoubtReply;
}

type Decision = Partial<Omit<Extract<SettleRequest, { type: 'settle' }>, 'type' | 'id' | 'peer'>>;

/** Decides about a link in doubt. Throws what the vat refuses. */
export function settle(vat: TestVat, { id }: { readonly id: string }, what: Decision): SettleReply {
  requests += 1;
  const request = {
    type: 'settle',
    id: `settle-${requests}`,
    peer: id,
    choices: [],
    ...what,
  } as const;
  const reply = vat.control(request);
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.value as SettleReply;
}
