// Things: each has a label that no other thing ever has, whatever becomes of disks. Vats give them
// to each other and use what they hold: whoever holds a reference reaches the thing it was given
// for, or nobody. That holds with older disks and copies as well, before settling and after it. When
// all is settled each use arrives once, or the vat of its holder has a line about it in its log.

import type { Qrid } from '../../../src/core/ids.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { memoriesOf } from './in-flight.ts';

/** What reaches it says for which thing it is. */
const THING = `function thing({ use, mark }, { memory, label }) {
  memory.uses ??= {};
  if (mark !== undefined) memory.uses[mark] = (memory.uses[mark] ?? 0) + 1;
  if (use === label) return;
  memory.mistaken ??= [];
  if (memory.mistaken.length < 5) memory.mistaken.push([label, use]);
}`;

/** A holder gives its peers things that it makes, and what it was given; one a vat. */
const HOLDER = `function holder({ op, label, ref, at, holder, mark }, { memory, make_object, thing }) {
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
  if (op === 'use all') {
    memory.sent = { [mark]: 0 };
    for (const each of held) {
      try {
        each.ref.sendOnly({ use: each.label, mark });
        memory.sent[mark] += 1;
      } catch (error) {
        if (error.code !== 'QRT_NO_ROOM') throw error;
      }
    }
  }
}`;

interface Mark {
  readonly vat: SimVat;
  readonly mark: string;
  readonly logged: number;
}

const MISTAKEN = `SELECT body FROM memory WHERE instr(body, '"mistaken"') > 0`;
const LOGGED = 'SELECT ifnull(max(seq), 0) AS logged FROM log';
const REFUSED = "SELECT count(*) AS lines FROM log WHERE seq > ? AND level <> 'log'";

interface Place {
  readonly vat: SimVat;
  readonly holder: Qrid;
}

const QRIDS_MAX = 20;
const DRAWN_MAX = 1_000;

export function makeThings(prefix = ''): Workload {
  const disks = makeDisks();
  const places: Place[] = [];
  /** What was used when all was settled: a mark a holder, and what its log held before. */
  const marks: Mark[] = [];
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

  const checkUses = ({ vats }: Stage, { vat, mark, logged }: Mark): string[] => {
    const count = (all: readonly SimVat[], field: 'sent' | 'uses'): number =>
      all
        .flatMap((each) => memoriesOf(disks, each))
        .map(({ [field]: counts }) => Number(Object(counts)[mark] ?? 0))
        .reduce((a, b) => a + b, 0);
    const [sent, came] = [count([vat], 'sent'), count(vats, 'uses')];
    const { lines } = disks.of(vat).one<{ lines: number }>(REFUSED, logged)!;
    if (came > sent) return [`things: ${came} of ${sent} uses by ${vat.name} came`];
    if (came + lines >= sent) return [];
    return [`things: ${came} of ${sent} uses by ${vat.name} came, and its log has ${lines} lines`];
  };

  const check = ({ vats }: Stage): string[] =>
    vats.flatMap((vat) =>
      disks
        .of(vat)
        .all<{ body: string }>(MISTAKEN)
        .flatMap(({ body }) => (JSON.parse(body) as { mistaken: [string, string][] }).mistaken)
        .map(([label, use]) => `things: ${vat.name}: what is for ${use} reached ${label}`),
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
      for (const { vat, holder } of places) {
        const mark = nextLabel();
        const { logged } = disks.of(vat).one<{ logged: number }>(LOGGED)!;
        marks.push({ vat, mark, logged });
        stage.send(vat, holder, { op: 'use all', mark });
      }
    },
    checkQuiet: (stage) => [
      ...check(stage),
      ...marks.splice(0).flatMap((each) => checkUses(stage, each)),
    ],
  };
}
