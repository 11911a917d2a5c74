// Files: what an operator may put in place of the files of a node is read, or refused with a code.

import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorCode, isQrtError } from '../../../src/core/errors.ts';
import type { VatId } from '../../../src/core/ids.ts';
import { systemEntropy } from '../../../src/crypto/entropy.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { loadSealer } from '../../../src/crypto/key-file.ts';
import { openBackup, writeBackup } from '../../../src/node/backup-file.ts';
import { readConfig } from '../../../src/node/config.ts';
import { pick } from '../../sim/random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { type Json, mutateJson, writeMutated } from '../mutate-json.ts';
import { must, type Random, type Target } from '../target.ts';
import * as valid from '../valid.ts';

/** A file in a directory of its own, in place of what `read` expects there. */
function fileTarget(input: {
  readonly name: string;
  readonly make: (random: Random, path: string) => string | Uint8Array;
  readonly read: (path: string) => void;
  readonly codes: readonly ErrorCode[];
}): Target {
  const { name, make, read, codes } = input;
  return {
    name,
    cases: 1_000,
    casesShort: 60,
    kinds: ['read', 'refused'],
    open(random) {
      const dir = mkdtempSync(join(tmpdir(), 'qrt-fuzz-'));
      const path = join(dir, name);
      return {
        run(note) {
          const content = make(random, path);
          note(Buffer.from(content as string).toString('latin1'));
          writeFileSync(path, content);
          chmodSync(path, 0o600);
          try {
            read(path);
            return 'read';
          } catch (error) {
            if (codes.some((code) => isQrtError(error, code))) return 'refused';
            throw error;
          } finally {
            rmSync(path);
          }
        },
        close: () => rmSync(dir, { recursive: true }),
      };
    },
  };
}

const CONFIG = fileTarget({
  name: 'config',
  make: (random) => writeMutated(random, mutateJson(random, pick(random, valid.CONFIGS))),
  read: readConfig,
  codes: ['QRT_CONFIG_INVALID'],
});

const KEY = fileTarget({
  name: 'key',
  make(random) {
    const text = `qrt-key 1\n${Buffer.from(systemLike(random)).toString('base64url')}\n`;
    return random() < 0.1 ? text : mutateBytes(random, Buffer.from(text));
  },
  read(path) {
    const sealer = loadSealer({ path, entropy: systemEntropy });
    must(sealer.vat.length === 43, 'a key without a vat');
  },
  codes: ['QRT_KEY_INVALID'],
});

const systemLike = (random: Random): Uint8Array =>
  Uint8Array.from({ length: 32 }, () => random() * 256);

const FIRST_LINE = 'qrt-backup 1\n';
const HASH_BYTES = 65;
const HEAD_BYTES = 4_096;
let backup: Buffer | undefined;

/** A small backup, whose parts are no node. */
function makeBackup(path: string): Buffer {
  writeFileSync(path, 'x'.repeat(500));
  const to = `${path}.backup`;
  const fd = openSync(to, 'wx+');
  const vat = (valid.CONFIGS[0] as { vat: VatId }).vat;
  const facts = {
    vat,
    time: '2026-11-22T00:00:00.000Z',
    qrt: '0.1.0',
    schema: 3,
    counters: { turn: 1 },
  };
  const sources = { 'config.json': path, key: path, 'vat.db': path };
  for (const _ of writeBackup({ fd, facts, sources }));
  closeSync(fd);
  const bytes = readFileSync(to);
  rmSync(to);
  return bytes;
}

/** With a changed manifest under a right hash, or with any change. */
function spoilBackup(random: Random, honest: Buffer): Uint8Array {
  if (random() < 0.5) return mutateBytes(random, honest);
  const manifest = JSON.parse(
    honest.subarray(FIRST_LINE.length + HASH_BYTES, HEAD_BYTES).toString(),
  );
  const text = writeMutated(random, mutateJson(random, manifest as Json));
  const rest = Buffer.alloc(HEAD_BYTES - FIRST_LINE.length - HASH_BYTES, ' ');
  rest.write(text, 'latin1');
  const hash = Buffer.from(sha256(rest)).toString('hex');
  return Buffer.concat([Buffer.from(`${FIRST_LINE}${hash}\n`), rest, honest.subarray(HEAD_BYTES)]);
}

const BACKUP = fileTarget({
  name: 'backup',
  make(random, path) {
    backup ??= makeBackup(path);
    return random() < 0.05 ? backup : spoilBackup(random, backup);
  },
  read(path) {
    const file = openBackup(path);
    try {
      for (const _ of file.read());
    } finally {
      file.close();
    }
  },
  codes: ['QRT_BACKUP_INVALID', 'QRT_BACKUP_DAMAGED'],
});

export const FILES: readonly Target[] = [CONFIG, KEY, BACKUP];
