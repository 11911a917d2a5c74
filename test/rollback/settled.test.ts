// Disks that are put back and links that are settled after it: at every point of what two vats say,
// and of a settling itself. Operators decide once, and both ends go on with one history.

import { afterAll, describe, expect, it } from 'vitest';
import { disagreements } from '../sim/checks.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import { notesOf } from '../sim/world.ts';
import { someOf } from '../thorough.ts';
import { linkOf } from './laws.ts';
import {
  heardBy,
  makeScene,
  type Scene,
  type Side,
  type Stage,
  saidBy,
  sayAll,
  type Way,
} from './scene.ts';

type Choice = 'resend' | 'discard';

interface Case {
  readonly at: { readonly one?: number; readonly two?: number };
  readonly way: Way;
  readonly choice: Choice;
}

/** Rounds after which whoever still has something to decide is asked too often. */
const ROUNDS_MAX = 3;
const REST_MS = 600_000;

let labels = 0;
const newLabel = (): string => {
  labels += 1;
  return `n${labels}`;
};

/** Whoever is in doubt decides; returns whether anybody had to. */
function decide(side: Side, peer: Side, choice: Choice): boolean {
  if (linkOf(side, peer)?.state !== 'doubt') return false;
  const [link] = doubtOf(side.vat, peer.vat).links;
  if (link === undefined || (link.isDecided && link.peer !== 'unknown')) return false;
  settle(side.vat, peer.vat, { rest: choice, ...(link.peer === 'unknown' && { reset: true }) });
  return true;
}

/** Lets both talk and their operators decide until all is quiet. Returns what is wrong. */
function play(scene: Scene, { at, way, choice }: Case): readonly string[] {
  const { one, two, three, world } = scene;
  scene.rewind(at, way);
  const ahead = [one, two].map((side) => {
    const label = newLabel();
    scene.say(side, [label]);
    return { side, label };
  });
  world.setWire(honestWire);
  world.run(REST_MS);
  const found: string[] = [];
  if (!settleAll()) return ['operators are asked again and again'];
  // A peer that lost the link and speaks first does so under numbers that it has forgotten.
  const isForgotten = [linkOf(one, two), linkOf(two, one)].includes(undefined);
  if (isForgotten) {
    for (const side of [one, two]) side.vat.send(peerOf(side).sink, [['note', newLabel()]]);
    world.run(REST_MS);
    if (!settleAll()) return ['operators are asked again and again after all was forgotten'];
  }
  const states = [linkOf(one, two)?.state, linkOf(two, one)?.state];
  if (states.some((state) => state !== undefined && state !== 'ok')) found.push(`ends ${states}`);
  for (const { side, label } of ahead) found.push(...fateOf(side, peerOf(side), label, choice));
  found.push(...goesOn(one, two), ...goesOn(two, one), ...meansOneThing());
  if (!world.run(REST_MS)) found.push('does not come to rest');
  return [...found, ...disagreements(world)];

  function settleAll(): boolean {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const asked = [decide(one, two, choice), decide(two, one, choice)];
      if (!asked.includes(true)) return true;
      world.run(REST_MS);
    }
    return false;
  }

  function peerOf(side: Side): Side {
    return side === one ? two : one;
  }

  /** What was said is heard once, or given up with a word about it. */
  function fateOf(side: Side, to: Side, label: string, wanted: Choice): readonly string[] {
    if (!saidBy(side).includes(label)) return [];
    const times = heardBy(to).filter((each) => each === label).length;
    const isTold = side.vat.log().some(({ text }) => /DISCARDED|NO_OBJECT|GONE/.test(text));
    if (times === 1 || (times === 0 && isTold)) return [];
    return [`${label} of ${side.vat.name} was heard ${times} times (${wanted})`];
  }

  /** By a fresh reference, in order, once. */
  function goesOn(side: Side, to: Side): readonly string[] {
    const after = [newLabel(), newLabel(), newLabel()];
    for (const label of after) side.vat.send(to.sink, [['note', label]]);
    world.run(REST_MS);
    const heard = heardBy(to).filter((label) => after.includes(String(label)));
    return `${heard}` === `${after}` ? [] : [`${side.vat.name}: of ${after} came ${heard}`];
  }

  /** A reference that was passed on means what it meant, or nothing. */
  function meansOneThing(): readonly string[] {
    const probe = newLabel();
    two.vat.send(two.sink, [['tell', 0, [['note', probe]]]]);
    world.run(REST_MS);
    const elsewhere = [one.sender, two.sender, two.sink].filter((object, index) =>
      notesOf(index === 0 ? one.vat : two.vat, object).includes(probe),
    );
    const isStray = elsewhere.length > 0 || notesOf(three.vat, three.sink).includes(probe);
    return isStray ? [`${probe} was heard by another than the reference meant`] : [];
  }
}

const failing = (scene: Scene, cases: readonly Case[]) =>
  someOf(cases, 4)
    .map((each) => ({ ...each, found: play(scene, each) }))
    .filter(({ found }) => found.length > 0);

/** Each with one way and one choice, which change from one to the next. */
const mixed = (ats: readonly Case['at'][]): readonly Case[] =>
  ats.map((at, index) => ({
    at,
    way: index % 2 === 0 ? 'copied' : 'restored',
    choice: Math.floor(index / 2) % 2 === 0 ? 'resend' : 'discard',
  }));

const pointsOf = (scene: Scene): readonly number[] =>
  Array.from({ length: scene.points }, (_, point) => point);

describe('a link that is settled after a disk was put back', () => {
  const scene = makeScene();
  afterAll(() => scene.close());
  const points = pointsOf(scene);

  it('at one side goes on at both', () => {
    expect(failing(scene, mixed(points.map((point) => ({ one: point }))))).toEqual([]);
  });

  it('at the other side goes on at both', () => {
    expect(failing(scene, mixed(points.map((point) => ({ two: point }))))).toEqual([]);
  });

  it('at both sides goes on at both', () => {
    const pairs = points
      .filter((point) => point % 4 === 1)
      .map((point) => ({ one: point, two: scene.points - 1 - point }));
    expect(failing(scene, mixed(pairs))).toEqual([]);
  });
});

describe('a disk that is put back to a moment of a settling', () => {
  const scene = makeScene(settleOnce);
  afterAll(() => scene.close());
  const points = pointsOf(scene);

  it('at one side is settled again', () => {
    expect(heardBy(scene.two)).toContain(AFTER);
    expect(failing(scene, mixed(points.map((point) => ({ one: point }))))).toEqual([]);
  });

  it('at the other side is settled again', () => {
    expect(failing(scene, mixed(points.map((point) => ({ two: point }))))).toEqual([]);
  });
});

const AFTER = 'after';

/** Vat one goes back behind what two took; both operators decide, and both go on. */
function settleOnce(stage: Stage): void {
  const { world, one, two } = stage;
  sayAll({ ...stage, begin: () => {} });
  const restore = one.vat.backup();
  one.vat.send(two.sink, [['note', 'lost']]);
  world.run();
  world.setWire(cutWire);
  one.vat.halt();
  restore();
  one.vat.revive();
  one.vat.send(two.sink, [['note', 'held']]);
  stage.begin();
  world.setWire(honestWire);
  world.run(REST_MS);
  for (const [side, peer] of [
    [one, two],
    [two, one],
  ] as const) {
    decide(side, peer, 'resend');
    world.run(REST_MS);
  }
  one.vat.send(two.sink, [['note', AFTER]]);
  two.vat.send(one.sink, [['note', AFTER]]);
  world.run(REST_MS);
}
