// Guest code: the texts of the guests as they ship.

import { readFileSync } from 'node:fs';
import { CODE_BYTES_MAX } from '../../src/core/limits.ts';
import { checkCode } from '../../src/guest/code-check.ts';

/** The text of a guest as it ships. */
export function readGuest(name: string): string {
  return readFileSync(new URL(`../../vats/${name}.js`, import.meta.url), 'utf8');
}

/** The function of a guest without the comments around it, as `qrt install` passes it on. */
export function readGuestCode(name: string): string {
  const checked = checkCode(readGuest(name), CODE_BYTES_MAX);
  if ('reason' in checked) throw new Error(`${name}: ${checked.reason}`);
  return checked.text;
}
