// Wire text: the small readers that boxes and items share. None of them throws.

import { WIRE_NUMBER_MAX } from './limits.ts';

/** Whether a value can number an item or a name on the wire. */
export const isNumber = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= WIRE_NUMBER_MAX;

/** The value of UTF-8 JSON; undefined when it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  const json = decodeUtf8(bytes);
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined; // SyntaxError: a stranger's text, which the caller refuses.
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of strict UTF-8; undefined when it is none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // TypeError: not UTF-8.
  }
}
