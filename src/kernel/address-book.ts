// Address book: where vats can be reached, as they signed it themselves.
//
// Records change reachability only, never authority. The highest serial of a vat wins; a URL from
// a QRID (a hint) counts only until it has served a signed record.

import {
  formatContact,
  ITEM_KINDS,
  parseContact,
  type UnverifiedContact,
} from '../core/contact.ts';
import { isQrtError } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import { CONTACT_AHEAD_MS_MAX, CONTACTS_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
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
  /** Calls `notice` when a vat's URLs have changed. */
  onChange(notice: (vat: VatId) => void): void;
}

export function makeAddressBook(island: Island, urls: readonly string[]): AddressBook {
  const { store, sealer, clock, transaction } = island;
  const notices: ((vat: VatId) => void)[] = [];
  const own = refreshOwn(island, urls);

  const put = (contact: ContactRow): void => {
    transaction.join(contact.record.length);
    store.putContact(contact);
    for (const notice of notices) notice(contact.vat);
  };

  const isSigned = ({ contact, signed, signature }: UnverifiedContact): boolean =>
    sealer.verify({ vat: contact.vat, bytes: signed, signature });

  const learn = (record: string): Learning => {
    const parsed = parse(record);
    if (!parsed) return 'refused';
    const { vat, serial, urls: known } = parsed.contact;
    const found = store.contact(vat);
    if (vat === sealer.vat || (found && found.serial >= serial)) return 'known';
    if (serial > clock.nowMs() + CONTACT_AHEAD_MS_MAX) return 'refused';
    if (!found && store.countContacts() >= CONTACTS_MAX) return 'refused';
    if (!isSigned(parsed)) return 'refused';
    put({ vat, serial, record, urls: known, hint: found?.hint });
    return 'learnt';
  };

  return Object.freeze({
    own: () => own,
    learn,
    learnOwn(records: readonly string[], vat: VatId) {
      // One at most: to verify a signature costs more than to open the box.
      const own = records.find((record) => parse(record)?.contact.vat === vat);
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
      if (!found && store.countContacts() >= CONTACTS_MAX) return;
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
