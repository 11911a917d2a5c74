// Scene: two vats that exchange everything two vats can, with a copy of both disks after each commit
// of either; any copy can be put back, in place or beside the original.
//
// What a vat sent stands in the memory of the object that sent it, so a disk that is put back takes
// that back, too: the laws compare what one disk says it sent with what another says it got.

import { copyFileSync, existsSync, rmSync } from 'node:fs';
import type { Qrid } from '../../src/core/ids.ts';
import { markRestored } from '../../src/store/restored.ts';
import { cutWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

/** What is said by way of a reference that was passed on: by no sender of a side. */
export const PASSED_ON = 'c1';

/** How a copy comes back: the folder as it was, or by `qrt restore`. */
export type Way = 'copied' | 'restored';

/** A vat with an object that sends to its peer and one that notes what it gets. */
export interface Side {
  readonly vat: TestVat;
  readonly sender: Qrid;
  readonly sink: Qrid;
}

export interface Scene {
  readonly world: World;
  readonly one: Side;
  readonly two: Side;
  readonly three: Side;
  /** How many copies of both disks there are; the last one is that of the end. */
  readonly points: number;
  /** Stops the vats and puts these copies in their places; all others go back to the end. */
  rewind(points: { readonly one?: number; readonly two?: number }, way: Way): void;
  /** A second vat one, as it was at a point, beside the one that there is. */
  cloneOne(point: number, way: Way): Side;
  /** Lets the sender of a side send these to the other, as far as the vat takes it. */
  say(side: Side, labels: readonly string[]): void;
  close(): void;
}

/** What two vats live through; from `begin` on their disks are copied at each commit. */
export type Story = (stage: Stage) => void;

export interface Stage {
  readonly world: World;
  readonly one: Side;
  readonly two: Side;
  begin(): void;
}

/** Plays a story once; by default, from two strangers to two that have said all. */
export function makeScene(story: Story = sayAll): Scene {
  const world = makeWorld();
  const [one, two, three] = ['one', 'two', 'three'].map((name) => makeSide(world, name)) as Sides;
  const sides = [one, two, three];
  let points = 0;
  const copyAll = (): void => {
    for (const { vat } of sides) copyDatabase(vat.path, `${vat.path}.${points}`);
    points += 1;
  };
  const putBack = (vat: TestVat, point: number, way: Way, to = vat.path): void => {
    copyDatabase(`${vat.path}.${point}`, to);
    if (way === 'restored') markRestored({ path: to, vat: vat.id });
  };

  // The third knows both, and is never put back.
  for (const { vat } of [one, two]) vat.send(three.sink, [['note', vat.name]]);
  world.run();
  const after = ({ name }: { name: string }): void => {
    if (name === 'commit') copyAll();
  };
  const begin = (): void => {
    copyAll();
    for (const { vat } of [one, two]) vat.setWatch({ after });
  };
  story({ world, one, two, begin });
  for (const { vat } of [one, two]) vat.setWatch(undefined);
  const end = points - 1;
  let clone: TestVat | undefined;

  return {
    world,
    one,
    two,
    three,
    points,
    rewind(at, way) {
      world.setWire(cutWire);
      clone?.halt();
      for (const { vat } of sides) vat.halt();
      // What was on its way is lost, and what waited has timed out.
      world.run(60_000);
      for (const { vat } of sides) putBack(vat, end, 'copied');
      if (at.one !== undefined) putBack(one.vat, at.one, way);
      if (at.two !== undefined) putBack(two.vat, at.two, way);
      for (const { vat } of sides) vat.revive();
    },
    cloneOne(point, way) {
      clone ??= world.clone(one.vat, 'clone');
      clone.halt();
      putBack(one.vat, point, way, clone.path);
      clone.revive();
      return { ...one, vat: clone };
    },
    say,
    close: () => world.close(),
  };
}

type Sides = [Side, Side, Side];

/** The labels that the sender of a side has sent, as its disk knows them. */
export const saidBy = (side: Side): readonly unknown[] => notesOf(side.vat, side.sender);

/** The labels that the sink of a side has got, as its disk knows them. */
export const heardBy = (side: Side): readonly unknown[] => notesOf(side.vat, side.sink);

function makeSide(world: World, name: string): Side {
  const vat = world.vat(name);
  return { vat, sender: vat.install(), sink: vat.install() };
}

const isIntroduced = ({ vat, sender }: Side): boolean => {
  const { memory } = vat.store().object(localIdOf(vat, sender))!.power;
  return vat.store().memory(memory!)!.slots.length > 0;
};

/** Noted in the turn that sends it, so both are on disk or neither. */
const sayStep = (label: string): readonly Step[] => [
  ['note', label],
  ['tell', 0, [['note', label]]],
];

/** The sender of one side gets to know the sink of another, by a QRID. */
function introduce(from: Side, to: Side): void {
  from.vat.send(from.sender, [['keep', 0]], { slots: [to.sink] });
}

/** Lets the sender of a side send these to the other; before it was introduced it knows nobody. */
function say(side: Side, labels: readonly string[]): void {
  if (!isIntroduced(side)) return;
  for (const label of labels) side.vat.send(side.sender, sayStep(label));
}

/** Everything that can stand in the lanes between two vats. */
export function sayAll({ world, one, two, begin }: Stage): void {
  begin();
  introduce(one, two);
  say(one, ['a1', 'a2']);
  world.run();
  introduce(two, one);
  say(two, ['b1']);
  world.run();
  // A reference goes over, and is used from there.
  one.vat.send(two.sink, [['keep', 0]], { slots: [one.sink] });
  world.run();
  two.vat.send(two.sink, [['tell', 0, [['note', PASSED_ON]]]]);
  // A refusal goes back in the lane of answers.
  one.vat.send({ ...two.sink, swissnum: one.sink.swissnum }, [['note', 'nobody']]);
  say(two, ['b2']);
  world.run();
  say(one, ['a3', 'a4']);
  say(two, ['b3']);
  world.run();
}

function copyDatabase(from: string, to: string): void {
  for (const end of [...ENDS, '-shm']) rmSync(to + end, { force: true });
  for (const end of ENDS) if (existsSync(from + end)) copyFileSync(from + end, to + end);
}

/** What follows the name of a database in the names of its files. */
const ENDS = ['', '-wal', '-sum'];
