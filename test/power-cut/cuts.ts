// Cuts: plays a recording back entry by entry, cuts the power in between, and has each disk judged.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CUT_KINDS, type CutKind } from './cut-disk.ts';
import { judge } from './judge.ts';
import type { Promised, Told } from './story.ts';

export interface CutsInput {
  readonly told: Told;
  /** Each rebuilt disk stands here while it is judged. */
  readonly dir: string;
  readonly random: () => number;
  /** How many disks are judged of a place in the recording, by kind. */
  readonly times: (at: number, kind: CutKind) => number;
  readonly onPlace?: (at: number, judged: number) => void;
}

/** A disk that broke a promise. */
export interface Loss {
  /** Entries before the cut. */
  readonly at: number;
  readonly kind: CutKind;
  readonly complaints: readonly string[];
}

/** Judges disks; returns how many, and those that lost something. */
export async function cutEverywhere(input: CutsInput): Promise<{ judged: number; losses: Loss[] }> {
  const { told, random, times, onPlace } = input;
  const disk = join(input.dir, 'cut');
  const losses: Loss[] = [];
  const promises: Promised[] = [];
  let judged = 0;
  for (let at = 0; at <= told.entries.length; at += 1) {
    promises.push(...(told.promises.get(at) ?? []));
    for (const kind of CUT_KINDS) {
      for (let time = times(at, kind); time > 0; time -= 1) {
        told.disk.rebuild(disk, { kind, random });
        const complaints = await judge({ disk, promises, tails: told.tails });
        rmSync(disk, { recursive: true });
        judged += 1;
        if (complaints.length > 0) losses.push({ at, kind, complaints });
      }
    }
    onPlace?.(at, judged);
    const entry = told.entries[at];
    if (entry) told.disk.apply(entry);
  }
  return { judged, losses };
}
