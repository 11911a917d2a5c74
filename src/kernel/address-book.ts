// Address book: where vats can be reached, as they signed it themselves.
//
// Records change reachability only, never authority. The highest serial of a vat wins; a URL from
// a QRID (a hint) counts only until it has served a signed record. What peers say of third vats is
// taken as far as those signed it, and of vats that nobody here asks for only so much is kept. What
// cannot be used changes nothing but a counter, however much of it comes.

import { makeBuckets } from '../core/buckets.ts';
import {
  formatContact,
  ITEM_KINDS,
  parseContact,
  type UnverifiedContact,
} from '../core/contact.ts';
import { isQrtError } from '../core/errors.ts';
import {
  GOSSIP_CHECKS_BURST,
  GOSSIP_CHECKS_PER_SECOND,
  GOSSIP_KEPT_MAX,
} from '../core/gossip-limits.ts';
import type { VatId } from '../core/ids.ts';
import { CONTACT_AHEAD_MS_MAX, CONTACTS_MAX, LINKS_MAX } from '../core/limits.ts';
import type { BookCounts } from './contact-ports.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { ContactRow } from './store-port.ts';

/** What became of a record that was offered. */
type Learning = 'learnt' | 'known' | 'ignored' | 'refused';

export interface AddressBook {
  /** Our own record. */
  own(): ContactRow;
  /** Takes a record when it is news. */
  learn(record: string): Exclude<Learning, 'ignored'>;
  /** Takes what stands beside the items of a peer: its own record, and those of third vats. */
  heard(records: readonly string[], link: Link): void;
  /** Takes the record of `vat` among those beside its items: a vat speaks for itself. */
  learnOwn(records: readonly string[], vat: VatId): void;
  /** Whether a record was signed by that vat, old or new; takes it when it is news. */
  proves(record: string, vat: VatId): boolean;
  /** Notes a URL from a QRID for a vat. */
  hint(vat: VatId, url: string): void;
  /** URLs to try, most trusted first. */
  urlsOf(vat: VatId): readonly string[];
  isKnown(vat: VatId): boolean;
  records(): readonly string[];
  counts(): BookCounts;
  /** Calls `notice` when a vat's URLs have changed. */
  onChange(notice: (vat: VatId) => void): void;
}

interface Parts {
  readonly links: Pick<Links, 'of'>;
  /** Our own. */
  readonly urls: readonly string[];
}

export function makeAddressBook(island: Island, { links, urls }: Parts): AddressBook {
  const { store, sealer, transaction } = island;
  const notices: ((vat: VatId) => void)[] = [];
  const own = refreshOwn(island, urls);
  const counts = { refused: 0, ignored: 0 };
  const room = makeRoom(island, links);
  const put = (contact: ContactRow): void => {
    transaction.join(contact.record.length);
    room.make(contact);
    store.putContact(contact);
    for (const notice of notices) notice(contact.vat);
  };
  const isSigned = ({ contact, signed, signature }: UnverifiedContact): boolean =>
    sealer.verify({ vat: contact.vat, bytes: signed, signature });
  const judge = makeJudge(island, { hasRoom: room.has, isSigned, put });

  const count = (learning: Learning): Learning => {
    if (learning === 'refused' || learning === 'ignored') counts[learning] += 1;
    return learning;
  };
  const learn = (record: string) => {
    const learning = count(judge(parse(record), record));
    return learning === 'ignored' ? 'known' : learning;
  };

  return Object.freeze({
    own: () => own,
    learn,
    heard(records: readonly string[], link: Link) {
      let hasOwn = false;
      for (const record of records) {
        const parsed = parse(record);
        const isOwn = parsed?.contact.vat === link.row.vat;
        // Of its own one at most, so that it has no more signatures checked by repeating itself.
        if (isOwn && hasOwn) count('ignored');
        else count(judge(parsed, record, isOwn ? undefined : link));
        hasOwn ||= isOwn;
      }
    },
    learnOwn(records: readonly string[], vat: VatId) {
      // One at most: to verify a signature costs more than to open the box.
      const own = records.find((record) => parse(record)?.contact.vat === vat);
      counts.ignored += records.length - (own === undefined ? 0 : 1);
      if (own !== undefined) learn(own);
    },
    proves(record: string, vat: VatId) {
      if (store.contact(vat)?.record === record) return true;
      const parsed = parse(record);
      if (parsed?.contact.vat !== vat || !isSigned(parsed)) return false;
      learn(record);
      return true;
    },
    hint(vat: VatId, url: string) {
      const found = store.contact(vat);
      if (found?.urls.includes(url) || found?.hint === url || vat === sealer.vat) return;
      if (!found && !room.has(vat, undefined)) return;
      const known = found ?? { vat, serial: 0, record: '', urls: [] };
      put({ ...known, hint: url, via: undefined });
    },
    urlsOf(vat: VatId) {
      const found = store.contact(vat);
      if (!found) return [];
      const { hint } = found;
      return hint === undefined || found.urls.includes(hint) ? found.urls : [...found.urls, hint];
    },
    isKnown: (vat: VatId) => store.contact(vat) !== undefined,
    records: () => {
      const others = store.contacts().filter(({ vat, record }) => vat !== own.vat && record !== '');
      return [own.record, ...others.map(({ record }) => record)];
    },
    counts: () => ({ known: store.countContacts(), ...counts }),
    onChange: (notice: (vat: VatId) => void) => void notices.push(notice),
  });
}

interface Room {
  /** Whether there is room for what is said of a new vat; `via` says it of a third one. */
  has(vat: VatId, via: Link | undefined): boolean;
  /** Makes it, in the open transaction: something that a peer said of a third vat may go for it. */
  make(contact: ContactRow): void;
}

/**
 * Vats with a link are as many as links may be: nobody else's record takes their place. What a peer
 * says of third vats takes nobody's, and makes room for what is asked for here.
 */
function makeRoom({ store }: Island, links: Parts['links']): Room {
  const isFull = (): boolean => store.countContacts() >= CONTACTS_MAX;
  return {
    has(vat, via) {
      if (links.of(vat) !== undefined) return true;
      if (via) return !isFull() && store.countGossip(via.row.id) < GOSSIP_KEPT_MAX;
      return !isFull() || store.countGossip() > 0;
    },
    make({ vat }) {
      const isNew = store.contact(vat) === undefined && links.of(vat) === undefined;
      if (isNew && isFull()) store.deleteOldestGossip();
    },
  };
}

/** Takes a record when it is news; `via` says so of a third vat. */
type Judge = (parsed: UnverifiedContact | undefined, record: string, via?: Link) => Learning;

function makeJudge(
  { store, sealer, clock }: Island,
  parts: {
    readonly hasRoom: Room['has'];
    readonly isSigned: (contact: UnverifiedContact) => boolean;
    readonly put: (contact: ContactRow) => void;
  },
): Judge {
  const { hasRoom, isSigned, put } = parts;
  const checks = makeBuckets({
    ...{ nowMs: clock.monotonicMs, keysMax: LINKS_MAX },
    ...{ burst: GOSSIP_CHECKS_BURST, perSecond: GOSSIP_CHECKS_PER_SECOND },
  });
  return (parsed, record, via) => {
    if (!parsed) return 'refused';
    const { vat, serial, urls } = parsed.contact;
    const found = store.contact(vat);
    if (vat === sealer.vat || (found && found.serial >= serial)) {
      // Somebody here asks for it now.
      if (!via && found?.via !== undefined) put({ ...found, via: undefined });
      return found?.serial === serial ? 'known' : 'ignored';
    }
    if (serial > clock.nowMs() + CONTACT_AHEAD_MS_MAX) return 'refused';
    if (!found && !hasRoom(vat, via)) return 'refused';
    // Last: it costs more than all before.
    if (via && !checks.take(via.row.vat)) return 'ignored';
    if (!isSigned(parsed)) return 'refused';
    const kept = found ? found.via : via?.row.id;
    put({ vat, serial, record, urls, hint: found?.hint, via: via && kept });
    return 'learnt';
  };
}

function parse(record: string): UnverifiedContact | undefined {
  try {
    return parseContact(record);
  } catch (error) {
    if (isQrtError(error, 'QRT_CONTACT_INVALID')) return undefined;
    throw error;
  }
}

/** Our record, signed anew only when it says something new. */
function refreshOwn(island: Island, urls: readonly string[]): ContactRow {
  const { store, sealer, clock, transaction } = island;
  const { vat } = sealer;
  const found = store.contact(vat);
  if (found && found.record !== '' && isSame(found, urls)) return found;
  const serial = Math.max((found?.serial ?? 0) + 1, clock.nowMs());
  const content = { vat, urls, serial, kinds: ITEM_KINDS };
  const record = formatContact(content, (bytes) => sealer.sign(bytes));
  const own = { vat, serial, record, urls, hint: undefined, via: undefined };
  transaction.join(record.length);
  store.putContact(own);
  return own;
}

function isSame(found: ContactRow, urls: readonly string[]): boolean {
  const { contact } = parseContact(found.record);
  return (
    JSON.stringify(contact.urls) === JSON.stringify(urls) &&
    JSON.stringify(contact.kinds) === JSON.stringify(ITEM_KINDS)
  );
}
