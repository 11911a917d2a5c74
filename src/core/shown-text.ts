// Shown text: text of strangers as an operator can be shown it.
//
// Guests, peers and the folders of strangers choose their own words. Nothing in them may move a
// cursor, turn the direction of what follows, or pass for a line that qrt wrote.

/** Control characters but line break and tab, and what turns the direction of text. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** Text without what a terminal obeys; line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** Text that cannot look like two lines, nor like two cells of a row. */
export function onOneLine(text: string): string {
  return printable(text).replace(/[\n\t\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/**
 * A value as JSON that can be shown as it is. JSON itself escapes only the control characters below
 * U+0020: DEL and U+009B, which begins a command to a terminal, would go through.
 */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE_IN_JSON, escapeCharacter);
}

/** All of these stand inside of strings, where an escape means the same character. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

const escapeCharacter = (char: string): string =>
  char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
