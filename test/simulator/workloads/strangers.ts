// Strangers: QRIDs are redeemed by vats that nobody introduced, now in the target, now in the args;
// some are wrong, and what is sent to those must never be seen.

import type { Qrid } from '../../../src/core/ids.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { argsInQuarantine, memoriesOf } from './in-flight.ts';

/** A door notes who knocks, in order, and knocks itself at what it is shown. */
const DOOR = `function door({ from, n, guest, guestName }, { memory, name }) {
  memory.from ??= {};
  memory.faults ??= [];
  memory.sent ??= {};
  memory.door ??= name;
  const { last = 0, missed = [] } = memory.from[from] ?? {};
  if (n <= last) memory.faults.push(n + ' after ' + last + ' from ' + from);
  for (let each = last + 1; each < n; each += 1) missed.push(each);
  memory.from[from] = { last: n, missed };
  if (!guest) return;
  const next = (memory.sent[guestName] ?? 0) + 1;
  try {
    guest.sendOnly({ from: name + '>' + guestName, n: next });
    memory.sent[guestName] = next;
  } catch (error) {
    if (error.code !== 'QRT_NO_ROOM') throw error;
  }
}`;

interface DoorMemory {
  readonly door: string;
  readonly from: Readonly<Record<string, { readonly last: number; readonly missed: number[] }>>;
  readonly faults: readonly string[];
  readonly sent: Readonly<Record<string, number>>;
}

/** For each number from 1 on, whether it was surely sent. */
interface Sent {
  readonly key: string;
  readonly isCommitted: readonly boolean[];
}

interface Door {
  readonly vat: SimVat;
  readonly qrid: Qrid;
  readonly name: string;
}

const DOORS_MAX = 24;
const DOOR_CHANCE = 0.02;
const WRONG_CHANCE = 0.1;
const GUEST_CHANCE = 0.3;
/** Stands as the sender in what goes to a QRID that is wrong. */
const WRONG = 'wrong';

export function makeStrangers(prefix = ''): Workload {
  const disks = makeDisks();
  const doors: Door[] = [];
  /** Sender and door → for each number whether the operator saw that it is committed. */
  const knocks = new Map<string, boolean[]>();

  const open = (stage: Stage, vat: SimVat): void => {
    const name = `${prefix}d${doors.length}`;
    const qrid = stage.install(vat, DOOR, { name });
    if (qrid) doors.push({ vat, qrid, name });
  };

  const memories = ({ vats }: Stage): DoorMemory[] =>
    vats
      .flatMap((vat) => memoriesOf(disks, vat))
      .filter(({ door }) => String(door).startsWith(`${prefix}d`)) as unknown as DoorMemory[];

  const checkAlways = (stage: Stage): string[] =>
    memories(stage).flatMap(({ door, from, faults }) => [
      ...faults.map((fault) => `strangers: ${door}: ${fault}`),
      ...misled({ door, from }),
    ]);

  const misled = ({ door, from }: Pick<DoorMemory, 'door' | 'from'>): string[] => [
    ...(WRONG in from ? [`strangers: ${door} opened to a wrong QRID`] : []),
    ...Object.keys(from)
      .filter((key) => key !== WRONG && doorOf(key) !== door)
      .map((key) => `strangers: ${door} got what is from ${key}`),
  ];

  /** Whether neither end of what operators send by this key has an older disk. */
  const isUntouched = ({ vats, rewound }: Stage, key: string): boolean => {
    const from = vats.find(({ name }) => key.startsWith(`${name}>`));
    const to = doors.find(({ name }) => name === doorOf(key));
    return !!from && !!to && !rewound.has(from.id) && !rewound.has(to.vat.id);
  };

  const checkRewound = (stage: Stage, isQuiet: boolean): string[] => {
    const all = memories(stage);
    const faults = all.flatMap(({ door, faults: noted }) =>
      noted
        .filter((fault) => isUntouched(stage, fault.slice(fault.lastIndexOf(' ') + 1)))
        .map((fault) => `strangers: ${door}: ${fault}`),
    );
    const sure = byOperators().filter(({ key }) => isUntouched(stage, key));
    const lost = isQuiet ? checkSenders(stage, sure) : [];
    return [...all.flatMap(misled), ...faults, ...lost];
  };

  /** Numbers from 1 up to `last`, in which the missed ones are missing. */
  const checkSender = (
    { door, from }: DoorMemory,
    { key, isCommitted }: Sent,
    isTaken: (key: string, n: number) => boolean,
  ): string[] => {
    const { last, missed } = from[key] ?? { last: 0, missed: [] };
    const got = (n: number): boolean => n <= last && !missed.includes(n);
    const lost = isCommitted.flatMap((was, at) =>
      was && !got(at + 1) && !isTaken(key, at + 1) ? [at + 1] : [],
    );
    const beyond =
      last > isCommitted.length ? [`strangers: ${door}: ${key} never sent ${last}`] : [];
    return [...beyond, ...lost.map((n) => `strangers: ${door} never got ${n} from ${key}`)];
  };

  const byOperators = (): Sent[] => [...knocks].map(([key, isCommitted]) => ({ key, isCommitted }));
  const byDoors = (stage: Stage): Sent[] =>
    memories(stage).flatMap(({ door, sent }) =>
      Object.entries(sent).map(([to, count]) => ({
        key: `${door}>${to}`,
        isCommitted: Array<boolean>(count).fill(true),
      })),
    );

  const checkSenders = (stage: Stage, all: readonly Sent[]): string[] => {
    const memory = memories(stage);
    const taken = new Set(argsInQuarantine(disks, stage.vats).map(({ from, n }) => `${from} ${n}`));
    const isTaken = (key: string, n: number): boolean => taken.has(`${key} ${n}`);
    return all.flatMap((sent) => {
      const door = doorOf(sent.key)!;
      const nothing: DoorMemory = { door, from: {}, faults: [], sent: {} };
      return checkSender(memory.find((each) => each.door === door) ?? nothing, sent, isTaken);
    });
  };

  return {
    name: 'strangers',
    onRestore: disks.forget,
    close: disks.close,
    prepare(stage) {
      for (const vat of stage.vats) open(stage, vat);
    },
    act(stage) {
      const draw = (below: number): number => Math.floor(stage.random() * below);
      const vat = stage.vats[draw(stage.vats.length)]!;
      if (doors.length < DOORS_MAX && stage.random() < DOOR_CHANCE) return open(stage, vat);
      const { qrid, name } = doors[draw(doors.length)]!;
      if (stage.random() < WRONG_CHANCE) {
        const bytes = Buffer.from(Array.from({ length: 32 }, () => draw(256)));
        const wrong = { ...qrid, swissnum: bytes.toString('base64url') as Qrid['swissnum'] };
        stage.send(vat, wrong, { from: WRONG, n: 1 });
        return;
      }
      const key = `${vat.name}>${name}`;
      const isCommitted = knocks.get(key) ?? [];
      knocks.set(key, isCommitted);
      const n = isCommitted.length + 1;
      const guest = doors[draw(doors.length)]!;
      const isGuest = stage.random() < GUEST_CHANCE;
      // Two vats that show the same guest give two references: only each has an order.
      const guestName = `${guest.name} by ${vat.name}`;
      const args = isGuest ? { guest: { $: 0 }, guestName } : {};
      const refs = isGuest ? [guest.qrid] : [];
      isCommitted.push(stage.send(vat, qrid, { from: key, n, ...args }, refs));
    },
    checkAlways,
    checkQuiet: (stage) => [
      ...checkAlways(stage),
      ...checkSenders(stage, [...byOperators(), ...byDoors(stage)]),
    ],
    checkRewound,
  };
}

/** `v1>d2`: from an operator. `d1>d2 by v1`: from a door to which that operator showed this one. */
function doorOf(key: string): string | undefined {
  return key.slice(key.indexOf('>') + 1).split(' ')[0];
}
