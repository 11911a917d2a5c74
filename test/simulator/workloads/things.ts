// Things: each has a label that no other thing ever has, whatever becomes of disks. Vats give them
// to each other and use what they hold: whoever holds a reference reaches the thing it was given
// for, or nobody. That holds with older disks and copies as well, before settling and after it.

import type { Qrid } from '../../../src/core/ids.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { memoriesOf } from './in-flight.ts';

/** What reaches it says for which thing it is. */
const THING = `function thing({ use }, { memory, label }) {
  memory.uses = (memory.uses ?? 0) + 1;
  if (use === label) return;
  memory.mistaken ??= [];
  if (memory.mistaken.length < 5) memory.mistaken.push([label, use]);
}`;

/** A holder gives its peers things that it makes, and what it was given; one a vat. */
const HOLDER = `function holder({ op, label, ref, at, holder }, { memory, make_object, thing }) {
  memory.peers ??= [];
  memory.held ??= [];
  const { peers, held } = memory;
  const peer = peers[at % peers.length];
  if (op === 'meet') peers.push(holder);
  if (op === 'hold') {
    held.push({ label, ref });
    if (held.length > 40) held.shift();
  }
  if (op === 'make') peer.sendOnly({ op: 'hold', label, ref: make_object(thing, { memory: {}, label }) });
  if (op === 'pass' && held.length > 0) peer.sendOnly({ op: 'hold', ...held[at % held.length] });
  if (op === 'use') for (const each of held.slice(-10)) each.ref.sendOnly({ use: each.label });
  if (op === 'use all') for (const each of held) each.ref.sendOnly({ use: each.label });
}`;

interface Place {
  readonly vat: SimVat;
  readonly holder: Qrid;
}

const QRIDS_MAX = 20;
const DRAWN_MAX = 1_000;

export function makeThings(prefix = ''): Workload {
  const disks = makeDisks();
  const places: Place[] = [];
  const installed: { readonly label: string; readonly qrid: Qrid }[] = [];
  let labels = 0;
  const nextLabel = (): string => {
    labels += 1;
    return `${prefix}thing-${labels}`;
  };

  /** A thing of an operator, which others get by its QRID. */
  const install = (stage: Stage, { vat }: Place): void => {
    const label = nextLabel();
    const qrid = stage.install(vat, THING, { label });
    if (qrid) installed.push({ label, qrid });
    if (installed.length > QRIDS_MAX) installed.shift();
  };

  const check = ({ vats }: Stage): string[] =>
    vats.flatMap((vat) =>
      memoriesOf(disks, vat).flatMap(({ mistaken = [] }) =>
        (mistaken as string[][]).map(
          ([label, use]) => `things: ${vat.name}: what is for ${use} reached ${label}`,
        ),
      ),
    );

  return {
    name: 'things',
    onRestore: disks.forget,
    close: disks.close,
    prepare(stage) {
      for (const vat of stage.vats) {
        places.push({ vat, holder: stage.install(vat, HOLDER, { thing: THING })! });
      }
      for (const { vat, holder } of places) {
        for (const other of places.filter((each) => each.vat !== vat)) {
          stage.send(vat, holder, { op: 'meet', holder: { $: 0 } }, [other.holder]);
        }
      }
    },
    act(stage) {
      const draw = (below: number): number => Math.floor(stage.random() * below);
      const place = places[draw(places.length)]!;
      const { vat, holder } = place;
      const kind = draw(10);
      const known = installed[draw(installed.length)];
      if (kind < 4)
        stage.send(vat, holder, { op: 'make', label: nextLabel(), at: draw(DRAWN_MAX) });
      else if (kind < 5) stage.send(vat, holder, { op: 'pass', at: draw(DRAWN_MAX) });
      else if (kind < 6) install(stage, place);
      else if (kind < 8 && known) {
        stage.send(vat, holder, { op: 'hold', label: known.label, ref: { $: 0 } }, [known.qrid]);
      } else stage.send(vat, holder, { op: 'use' });
    },
    checkAlways: check,
    finish(stage) {
      for (const { vat, holder } of places) stage.send(vat, holder, { op: 'use all' });
    },
    checkQuiet: check,
  };
}
