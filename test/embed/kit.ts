// Kit: vats of a test that are open in this process, and closed at its end.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type OpenVatOptions, openVat, type Vat } from '../../src/embed/open-vat.ts';

/** A directory in which nodes can be made; what is opened by `open` is closed before it goes. */
export function makeBench(): {
  path(...names: readonly string[]): string;
  /** Opens a vat that is made if it is not there. */
  open(name: string, options?: Partial<OpenVatOptions>): Promise<Vat>;
} {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'qrt-embed-')));
  const opened: Vat[] = [];
  onTestFinished(async () => {
    await Promise.allSettled(opened.map((vat) => vat.close()));
    rmSync(dir, { recursive: true, force: true });
  });
  const path = (...names: readonly string[]): string => join(dir, ...names);
  return {
    path,
    async open(name, options = {}) {
      const vat = await openVat({ dir: path(name), create: true, ...options });
      vat.closed.catch(() => undefined);
      opened.push(vat);
      return vat;
    },
  };
}

/** An error of qrt with a code, whose message has a text in it. */
export const coded = (code: string, text: string | RegExp = '') =>
  expect.objectContaining({ name: 'QrtError', code, message: expect.stringMatching(text) });
