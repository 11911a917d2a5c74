// Backup: a database's files copied aside and put back, as an operator's `cp` would.

import { copyFileSync, existsSync, rmSync } from 'node:fs';

let backups = 0;

/** Copies the files of the database at `path`; the result puts them back. */
export function backUp(path: string): () => void {
  backups += 1;
  const copy = `${path}.backup-${backups}`;
  const ends = ['', '-wal', '-sum'].filter((end) => existsSync(path + end));
  for (const end of ends) copyFileSync(path + end, copy + end);
  return () => {
    for (const end of ['', '-wal', '-shm', '-sum']) rmSync(path + end, { force: true });
    for (const end of ends) copyFileSync(copy + end, path + end);
  };
}
