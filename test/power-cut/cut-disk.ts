// Cut disk: the files below one directory as a recording changes them, and as a power cut could
// leave them: all that was flushed, and any part of the rest, in sectors of 512 bytes.
//
// The model is stricter than most file systems: a name is lost unless its directory was flushed, and
// what was written to one file says nothing about another.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './recording.ts';

/** What of the unflushed rest is on disk after the cut. */
export const CUT_KINDS = ['none', 'all', 'prefix', 'calls', 'sectors'] as const;
export type CutKind = (typeof CUT_KINDS)[number];

export interface CutDisk {
  apply(entry: Entry): void;
  /** Writes to `dir`, which must not exist, what is there after a cut now. */
  rebuild(dir: string, input: { readonly kind: CutKind; readonly random: () => number }): void;
  /** Calls that are not flushed. */
  pending(): number;
}

const SECTOR = 512;

type Change =
  | { readonly seq: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly seq: number; readonly length: number };

interface File {
  readonly type: 'file';
  bytes: Buffer;
  length: number;
  pending: Change[];
  /** What its mapped head said, latest last. */
  heads: Buffer[];
}

type Naming = { readonly seq: number } & (
  | { readonly set: string; readonly node: Node }
  | { readonly remove: string }
);

interface Directory {
  readonly type: 'directory';
  readonly names: Map<string, Node>;
  /** As the process sees it. */
  readonly seen: Map<string, Node>;
  pending: Naming[];
}

type Node = File | Directory;

const HEADS_MAX = 8;

/** A disk that holds what is in `root` now, all of it flushed. */
export function makeCutDisk(root: string): CutDisk {
  const byInode = new Map<bigint, Node>();
  const top = load(root, byInode) as Directory;
  let seq = 0;

  const directory = (inode: bigint): Directory => {
    const found = byInode.get(inode);
    if (found?.type !== 'directory') throw new Error(`no directory ${inode} was recorded`);
    return found;
  };
  const file = (inode: bigint): File => {
    const found = byInode.get(inode);
    if (found?.type !== 'file') throw new Error(`no file ${inode} was recorded`);
    return found;
  };
  const name = (inDir: bigint, set: string, node: Node): void => {
    const found = directory(inDir);
    found.seen.set(set, node);
    found.pending.push({ seq, set, node });
  };
  const unname = (inDir: bigint, remove: string): void => {
    const found = directory(inDir);
    found.seen.delete(remove);
    found.pending.push({ seq, remove });
  };

  const apply = (entry: Entry): void => {
    seq += 1;
    switch (entry.kind) {
      case 'write':
        file(entry.inode).pending.push({ seq, offset: entry.offset, bytes: entry.bytes });
        break;
      case 'truncate':
        file(entry.inode).pending.push({ seq, length: entry.length });
        break;
      case 'sync':
        flush(byInode.get(entry.inode));
        break;
      case 'create': {
        const node = makeFile(Buffer.alloc(0));
        byInode.set(entry.inode, node);
        name(entry.inDir, entry.name, node);
        break;
      }
      case 'mkdir': {
        const node = makeDirectory();
        byInode.set(entry.inode, node);
        name(entry.inDir, entry.name, node);
        break;
      }
      case 'remove':
        unname(entry.inDir, entry.name);
        break;
      case 'rename': {
        const node = directory(entry.inDir).seen.get(entry.name);
        if (node === undefined) throw new Error(`${entry.name} was renamed and never made`);
        unname(entry.inDir, entry.name);
        name(entry.toDir, entry.toName, node);
        break;
      }
      case 'index': {
        const { heads } = file(entry.inode);
        heads.push(entry.bytes);
        if (heads.length > HEADS_MAX) heads.shift();
        break;
      }
      case 'said':
    }
  };

  return Object.freeze<CutDisk>({
    apply,
    pending: () => [...byInode.values()].reduce((sum, node) => sum + node.pending.length, 0),
    rebuild(dir, { kind, random }) {
      const cutAt = Math.floor(random() * (seq + 2));
      const chance = random();
      const keeps = (at: number): boolean => {
        if (kind === 'none') return false;
        if (kind === 'all') return true;
        return kind === 'prefix' ? at <= cutAt : random() < chance;
      };
      write(top, dir, { keeps, isTorn: kind === 'sectors', random });
    },
  });
}

interface Choice {
  readonly keeps: (seq: number) => boolean;
  /** Each sector of a write has its own fate. */
  readonly isTorn: boolean;
  readonly random: () => number;
}

function load(path: string, byInode: Map<bigint, Node>): Node {
  const { ino } = statSync(path, { bigint: true });
  const isDirectory = statSync(path).isDirectory();
  const node = isDirectory ? makeDirectory() : makeFile(readFileSync(path));
  if (node.type === 'directory') {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!entry.isFile() && !entry.isDirectory()) continue;
      node.names.set(entry.name, load(join(path, entry.name), byInode));
    }
    for (const [name, child] of node.names) node.seen.set(name, child);
  }
  byInode.set(ino, node);
  return node;
}

const makeFile = (bytes: Buffer): File => ({
  ...{ type: 'file', bytes: Buffer.from(bytes), length: bytes.length, pending: [], heads: [] },
});

const makeDirectory = (): Directory => ({
  ...{ type: 'directory', names: new Map(), seen: new Map(), pending: [] },
});

function flush(node: Node | undefined): void {
  if (node === undefined) return;
  if (node.type === 'file') {
    for (const change of node.pending) changeFile(node, change);
  } else {
    for (const naming of node.pending) changeNames(node.names, naming);
  }
  node.pending = [];
}

function changeFile(file: Pick<File, 'bytes' | 'length'>, change: Change): void {
  if ('length' in change) {
    if (change.length < file.length) file.bytes.fill(0, change.length, file.length);
    else reserve(file, change.length);
    file.length = change.length;
    return;
  }
  const end = change.offset + change.bytes.length;
  reserve(file, end);
  change.bytes.copy(file.bytes, change.offset);
  file.length = Math.max(file.length, end);
}

function reserve(file: Pick<File, 'bytes'>, length: number): void {
  if (file.bytes.length >= length) return;
  const larger = Buffer.alloc(Math.max(length, 2 * file.bytes.length));
  file.bytes.copy(larger);
  file.bytes = larger;
}

function changeNames(names: Map<string, Node>, naming: Naming): void {
  if ('set' in naming) names.set(naming.set, naming.node);
  else names.delete(naming.remove);
}

function write(node: Node, path: string, choice: Choice): void {
  if (node.type === 'file') {
    writeFileSync(path, contentOf(node, choice), { mode: 0o600 });
    return;
  }
  mkdirSync(path, { mode: 0o700 });
  const names = new Map(node.names);
  // A rename is one step of the file system, however many directories it touches.
  const fates = new Map<number, boolean>();
  for (const naming of node.pending) {
    const isKept = fates.get(naming.seq) ?? choice.keeps(naming.seq);
    fates.set(naming.seq, isKept);
    if (isKept) changeNames(names, naming);
  }
  for (const [name, child] of names) write(child, join(path, name), choice);
}

function contentOf(file: File, { keeps, isTorn, random }: Choice): Buffer {
  if (file.pending.length === 0 && file.heads.length === 0) {
    return file.bytes.subarray(0, file.length);
  }
  const copy = { bytes: Buffer.from(file.bytes), length: file.length };
  for (const change of file.pending) {
    if ('length' in change || !isTorn) {
      if (keeps(change.seq)) changeFile(copy, change);
      continue;
    }
    for (const sector of sectorsOf(change)) if (keeps(change.seq)) changeFile(copy, sector);
  }
  // Mapped memory is written back whenever the system likes.
  const head = file.heads[Math.floor(random() * (file.heads.length + 1))];
  if (head !== undefined) changeFile(copy, { seq: 0, offset: 0, bytes: head });
  return copy.bytes.subarray(0, copy.length);
}

function* sectorsOf(change: Exclude<Change, { length: number }>): Iterable<Change> {
  const { seq, offset, bytes } = change;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, (Math.floor((offset + at) / SECTOR) + 1) * SECTOR - offset);
    yield { seq, offset: offset + at, bytes: bytes.subarray(at, end) };
    at = end;
  }
}
