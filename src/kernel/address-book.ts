// Address book: where vats can be reached, as they signed it themselves.
//
// Records change reachability only, never authority. The highest serial of a vat wins; a URL from
// a QRID (a hint) counts only until it has served a signed record. What cannot be used changes
// nothing but a counter, however much of it comes.

import {
  formatContact,
  ITEM_KINDS,
  parseContact,
  type UnverifiedContact,
} from '../core/contact.ts';
import { isQrtError } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import { CONTACT_AHEAD_MS_MAX, CONTACTS_MAX } from '../core/limits.ts';
import type { BookCounts } from './contact-ports.ts';
import type { Island } from './island.ts';
import type { Links } from './links.ts';
import type { ContactRow } from './store-port.ts';

/** What became of a record that was offered. */
type Learning = 'learnt' | 'known' | 'refused';

export interface AddressBook {
  /** Our own record. */
  own(): ContactRow;
  /** Takes a record when it is news. */
  learn(record: string): Learning;
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
  const { store, sealer, clock, transaction } = island;
  const notices: ((vat: VatId) => void)[] = [];
  const own = refreshOwn(island, urls);
  const counts = { refused: 0, ignored: 0 };

  /** Vats with a link are as many as links may be: nobody else's record takes their place. */
  const hasRoom = (vat: VatId): boolean =>
    links.of(vat) !== undefined || store.countContacts() < CONTACTS_MAX;

  const put = (contact: ContactRow): void => {
    transaction.join(contact.record.length);
    store.putContact(contact);
    for (const notice of notices) notice(contact.vat);
  };

  const isSigned = ({ contact, signed, signature }: UnverifiedContact): boolean =>
    sealer.verify({ vat: contact.vat, bytes: signed, signature });

  const judge = (record: string): Learning => {
    const parsed = parse(record);
    if (!parsed) return 'refused';
    const { vat, serial, urls: known } = parsed.contact;
    const found = store.contact(vat);
    if (vat === sealer.vat || (found && found.serial >= serial)) {
      if (found && found.serial > serial) counts.ignored += 1;
      return 'known';
    }
    if (serial > clock.nowMs() + CONTACT_AHEAD_MS_MAX) return 'refused';
    if (!found && !hasRoom(vat)) return 'refused';
    // Last: it costs more than all before.
    if (!isSigned(parsed)) return 'refused';
    put({ vat, serial, record, urls: known, hint: found?.hint });
    return 'learnt';
  };

  const learn = (record: string): Learning => {
    const learning = judge(record);
    if (learning === 'refused') counts.refused += 1;
    return learning;
  };

  return Object.freeze({
    own: () => own,
    learn,
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
      if (!found && !hasRoom(vat)) return;
      const known = found ?? { vat, serial: 0, record: '', urls: [] };
      put({ ...known, hint: url });
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
  const own = { vat, serial, record, urls, hint: undefined };
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
