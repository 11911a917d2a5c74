// Text: how the page writes numbers, times and what comes from vats.

/** Control characters but line break and tab, and what turns the direction of text. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Text of a stranger as it can be shown: nothing in it turns, hides or moves the rest. */
export function clean(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** The same on one line, cut to a length. */
export function cleanLine(text: string, charactersMax: number): string {
  const isLong = text.length > charactersMax;
  const line = clean(text.slice(0, charactersMax)).replace(/[\n\t]/g, escapeCharacter);
  return isLong ? `${line}…` : line;
}

const escapeCharacter = (char: string): string =>
  char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Enough of a long id to tell it from others. */
export function shorten(id: string): string {
  return id.length > 12 ? `${id.slice(0, 8)}…` : id;
}

/** A file's name without its folders: they are the same for most. */
export function baseName(path: string): string {
  return path.split('/').filter(Boolean).at(-1) ?? path;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

const GROUPS = /\B(?=(\d{3})+$)/g;

/** A whole number with its thousands apart, the same in every country. */
export function formatNumber(number: number): string {
  return String(number).replace(GROUPS, ',');
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

export function formatAge(ms: number): string {
  if (ms < 1_000) return 'under 1 s';
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** The time of day in this browser's zone. */
export function formatClock(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
