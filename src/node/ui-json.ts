// JSON for the page: the one place through which all goes that the browser gets to see of a vat.
//
// The database holds no swissnum, but text may: somebody may have sent a QRID as text, or logged
// one. The page is looked at on screens that others see, so they stay here.

const QRID_TEXT = /(qrt:[A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]+/g;

/** A value as JSON in which no QRID is whole. */
export function toPageJson(value: unknown): string {
  return JSON.stringify(value).replace(QRID_TEXT, '$1.…');
}
