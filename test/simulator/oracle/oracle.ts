// Oracle: watches a run from outside and complains of all that must never be, whatever happens.
//
// It knows the wire as docs/wire.md describes it, the vats' keys, and the tables of their databases;
// of the kernel it knows nothing. What only the traffic can tell, the workloads check.

import type { VatId } from '../../../src/core/ids.ts';
import type { Observer, SimVat, Stage } from '../stage.ts';
import { makeCommitCheck } from './committed.ts';
import { makeDisks } from './disks.ts';
import { makeHistories } from './histories.ts';
import { compareLinks, countHeld, lanesAtRest, makeCounterCheck } from './links.ts';
import { makeNameCheck } from './names.ts';
import { makeNonceCheck } from './nonces.ts';
import { makeOpener } from './opener.ts';
import { checkRest } from './rest.ts';
import { findUndone, isMarked } from './undone.ts';

/** After so many nobody reads on. */
const COMPLAINTS_MAX = 20;
/** Of so many looks at the disks, one counts rows. */
const LOOKS_PER_COUNT = 20;

export interface Oracle extends Observer {
  /** Lets go of the databases. */
  close(): void;
}

export function makeOracle(): Oracle {
  const opener = makeOpener();
  const disks = makeDisks();
  const nonces = makeNonceCheck();
  const histories = makeHistories();
  const names = makeNameCheck();
  const committed = makeCommitCheck(disks);
  const counters = makeCounterCheck(disks);
  /** Vats that have an older disk, or are not the only ones with their key. */
  const excused = new Set<VatId>();
  const found = new Set<string>();
  let looks = 0;

  const complain = (complaints: readonly string[]): void => {
    for (const complaint of complaints) if (found.size < COMPLAINTS_MAX) found.add(complaint);
  };

  const look = ({ vats }: Stage, isQuiet: boolean): void => {
    looks += 1;
    for (const vat of vats) opener.learn(vat);
    const honest = vats.filter((vat) => !excused.has(vat.id));
    complain(compareLinks(disks, honest));
    complain(honest.flatMap(counters.see));
    if (!isQuiet && looks % LOOKS_PER_COUNT !== 0) return;
    complain(honest.flatMap((vat) => countHeld(disks, vat)));
    if (!isQuiet) return;
    complain(checkRest(disks, vats));
    complain(vats.flatMap((vat) => findUndone(disks, vat)));
    settle(vats);
  };

  /** What had an older disk and is at rest is as any other from now on. */
  const settle = (vats: readonly SimVat[]): void => {
    for (const { id } of vats.filter((vat) => excused.has(vat.id))) counters.forget(id);
    if (excused.size > 0) histories.beginAt(vats.flatMap((vat) => lanesAtRest(disks, vat)));
    excused.clear();
  };

  return {
    onEnvelope(bytes) {
      const complaint = nonces.see(bytes);
      if (complaint !== undefined) complain([complaint]);
    },
    onOutput(vat, output) {
      opener.learn(vat);
      const isEnvelope = output.type === 'post' || output.type === 'reply';
      const said = isEnvelope ? opener.open(output.bytes) : undefined;
      complain(committed.see(vat, output, said));
      if (!said) return;
      const seen = histories.see(said, (item) => {
        const marked = isMarked(item.item) ? [`undone: ${vat.name} sent item ${item.number}`] : [];
        return [...names.see(item), ...marked];
      });
      complain(seen);
    },
    onRestore(vat: SimVat) {
      excused.add(vat.id);
      histories.excuse(vat.id);
      disks.forget(vat);
    },
    complaints(stage, isQuiet) {
      look(stage, isQuiet);
      return [...found];
    },
    close: disks.close,
  };
}
