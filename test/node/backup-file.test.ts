// A backup file of which one byte is not what it was is refused before anything is written.

import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/hash.ts';
import { backUpNode } from '../../src/node/backup.ts';
import { openBackup } from '../../src/node/backup-file.ts';
import { restoreNode } from '../../src/node/restore.ts';
import { makeRandom } from '../sim/random.ts';
import { makeNode } from './backup-kit.ts';
import { codeOf, makeScratch } from './scratch.ts';

const HEAD_BYTES = 4_096;
/** Where the manifest begins. */
const MANIFEST_AT = 78;

async function makeBackup(): Promise<{ file: string; bytes: Buffer }> {
  const scratch = makeScratch();
  const file = join(scratch, 'file');
  await makeNode(join(scratch, 'A'));
  await backUpNode({ dir: join(scratch, 'A'), file });
  return { file, bytes: readFileSync(file) };
}

/** What a restore of these bytes throws; it leaves nothing behind. */
async function refusal(file: string, bytes: Uint8Array): Promise<string> {
  writeFileSync(file, bytes);
  const scratch = dirname(file);
  const code = await codeOf(() => restoreNode({ file, dir: join(scratch, 'B') }));
  expect(readdirSync(scratch).sort()).toEqual(['A', 'file']);
  return code;
}

/** The same backup with another manifest, under a hash that fits. */
function withManifest(bytes: Buffer, change: (manifest: Record<string, unknown>) => void): Buffer {
  const manifest = JSON.parse(bytes.toString('latin1', MANIFEST_AT, HEAD_BYTES));
  change(manifest);
  const rest = Buffer.from(`${JSON.stringify(manifest).padEnd(HEAD_BYTES - MANIFEST_AT - 1)}\n`);
  const hash = Buffer.from(`${Buffer.from(sha256(rest)).toString('hex')}\n`);
  const head = [bytes.subarray(0, MANIFEST_AT - hash.length), hash, rest];
  return Buffer.concat([...head, bytes.subarray(HEAD_BYTES)]);
}

describe('a backup file', () => {
  it('with a changed byte anywhere is refused', async () => {
    const { file, bytes } = await makeBackup();
    const random = makeRandom(5);
    const parts = openBackup(file).manifest.parts;
    const ends = [HEAD_BYTES];
    for (const { bytes: size } of parts) ends.push(ends.at(-1)! + size);
    const chosen = Array.from({ length: 60 }, () => Math.floor(random() * bytes.length));
    const first = Array.from({ length: 20 }, (_, at) => at * 7);
    const places = [...ends.slice(0, -1), ...ends.map((at) => at - 1), ...chosen, ...first];
    for (const at of places) {
      const bent = Buffer.from(bytes);
      bent[at]! ^= 1 << Math.floor(random() * 8);
      // Whoever bends the first line makes it no backup at all.
      const code = at < 13 ? 'QRT_BACKUP_INVALID' : 'QRT_BACKUP_DAMAGED';
      expect([at, await refusal(file, bent)]).toEqual([at, code]);
    }
  });

  it('that is cut off, or goes on after its end, is refused', async () => {
    const { file, bytes } = await makeBackup();
    for (const size of [
      13,
      77,
      78,
      500,
      4_095,
      4_096,
      4_097,
      bytes.length >> 1,
      bytes.length - 1,
    ]) {
      const code = await refusal(file, bytes.subarray(0, size));
      expect([size, code]).toEqual([size, 'QRT_BACKUP_DAMAGED']);
    }
    const longer = Buffer.concat([bytes, Buffer.from('x')]);
    expect(await refusal(file, longer)).toBe('QRT_BACKUP_DAMAGED');
  });

  it('that is cut off while it is restored is refused, and nothing is left behind', async () => {
    const { file, bytes } = await makeBackup();
    const scratch = dirname(file);
    const onStep = ({ doing }: { doing: string }): void => {
      if (doing === 'writing') truncateSync(file, bytes.length - 1);
    };
    const restore = () => restoreNode({ file, dir: join(scratch, 'B'), onStep });
    expect(await codeOf(restore)).toBe('QRT_BACKUP_DAMAGED');
    expect(readdirSync(scratch).sort()).toEqual(['A', 'file']);
  });

  it('that is none is refused: missing, empty, a folder, a database, a text', async () => {
    const { file } = await makeBackup();
    const scratch = dirname(file);
    const database = readFileSync(join(scratch, 'A', 'vat.db'));
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(9_000), database, Buffer.from('hello')]) {
      expect(await refusal(file, bytes)).toBe('QRT_BACKUP_INVALID');
    }
    mkdirSync(join(scratch, 'folder'));
    for (const name of ['folder', 'none']) {
      const restore = () => restoreNode({ file: join(scratch, name), dir: join(scratch, 'B') });
      expect(await codeOf(restore)).toBe('QRT_BACKUP_INVALID');
    }
  });

  it('of a later format or of a later database is refused', async () => {
    const { file, bytes } = await makeBackup();
    const later = Buffer.from(bytes);
    later.write('qrt-backup 2\n', 'latin1');
    expect(await refusal(file, later)).toBe('QRT_BACKUP_INVALID');
    const newer = withManifest(bytes, (manifest) => {
      manifest['schema'] = 1_000;
    });
    expect(await refusal(file, newer)).toBe('QRT_STORE_NEWER');
  });

  it('with a manifest that fits its hash and nothing else is refused', async () => {
    const { file, bytes } = await makeBackup();
    const bend = (change: (manifest: Record<string, unknown>) => void) =>
      refusal(file, withManifest(bytes, change));
    const other = Buffer.alloc(32, 7).toString('base64url');
    const changes: Record<string, unknown>[] = [
      { vat: other },
      { vat: 7 },
      { time: 'yesterday' },
      { parts: [] },
      { parts: [{ name: '../key', bytes: 1, sha256: 'a'.repeat(64) }] },
      { extra: 1 },
      { counters: { turn: -1 } },
    ];
    for (const change of changes) {
      const code = await bend((manifest) => Object.assign(manifest, change));
      expect([change, code]).toEqual([change, 'QRT_BACKUP_DAMAGED']);
    }
    // Parts that are held in memory have a bound.
    const code = await bend((manifest) => {
      const [config] = manifest['parts'] as { bytes: number }[];
      config!.bytes = 65_537;
    });
    expect(code).toBe('QRT_BACKUP_DAMAGED');
    writeFileSync(file, bytes);
    await restoreNode({ file, dir: join(dirname(file), 'B') });
  });
});
