// Disks that are put back at every point of what two vats have to say to each other: at one side, at
// the other, at both, and beside the original.

import { afterAll, describe, expect, it } from 'vitest';
import { honestWire } from '../sim/network.ts';
import { makeRandom } from '../sim/random.ts';
import { notesOf } from '../sim/world.ts';
import { someOf } from '../thorough.ts';
import { complaints, fits, linkOf, ofDirection } from './laws.ts';
import { heardBy, makeScene, type Side, type Way } from './scene.ts';

/** Long enough for the longest pause between two attempts. */
const REST_MS = 3_600_000;
const SLOW_MS = 200;
const TICK_MS = 50;
const TICKS_MAX = 400;
/** Pairs of different points. */
const PAIRS = 8;

const scene = makeScene();
const { one, two, three, world, points } = scene;
afterAll(() => scene.close());

const all = Array.from({ length: points }, (_, point) => point);
let labels = 0;
const newLabels = (count: number): string[] =>
  Array.from({ length: count }, () => {
    labels += 1;
    return `n${labels}`;
  });

interface Case {
  readonly at: { readonly one?: number; readonly two?: number };
  readonly way: Way;
  /** What each side says before it hears anything of the other. */
  readonly ahead: number;
}

/** Puts the disks back, lets both talk, and says what is wrong. */
function play({ at, way, ahead }: Case): readonly string[] {
  scene.rewind(at, way);
  const isOneHistory = fits(one, two);
  for (const side of [one, two]) scene.say(side, newLabels(ahead));
  if (ahead > 0) sayMore(ahead);
  world.setWire(honestWire);
  world.run(REST_MS);
  for (const side of [one, two]) scene.say(side, newLabels(1));
  world.run(REST_MS);
  const found = [...complaints(one, two), ...besides(one), ...besides(two)];
  const states = [linkOf(one, two)?.state ?? 'none', linkOf(two, one)?.state ?? 'none'];
  if (isOneHistory && states.includes('doubt')) found.push(`doubt where all fits: ${states}`);
  if (!isOneHistory && !states.includes('doubt')) found.push(`no doubt: ${states}`);
  for (const link of [linkOf(one, two), linkOf(two, one)]) {
    if (link?.state === 'doubt' && link.reason === '') found.push('a doubt without a reason');
  }
  return found;
}

/** Both say more while the first box of either is on its way. */
function sayMore(count: number): void {
  const begun = new Set<string>();
  world.setWire((bytes, { from, kind }) => {
    if (kind === 'box') begun.add(from);
    return [{ type: 'arrive', bytes, delayMs: SLOW_MS }];
  });
  for (const side of [one, two]) {
    for (let tick = 0; tick < TICKS_MAX && !begun.has(side.vat.id); tick += 1) world.run(TICK_MS);
    scene.say(side, newLabels(count));
  }
}

/** Other links go on. */
function besides(side: Side): readonly string[] {
  const [label] = newLabels(1);
  side.vat.send(three.sink, [['note', label]]);
  world.run(60_000);
  const isHeard = notesOf(three.vat, three.sink).includes(label);
  return isHeard ? [] : [`${side.vat.name} cannot reach three`];
}

/** Each case with what is wrong in it, if anything is. */
const failing = (cases: readonly Case[]) =>
  someOf(cases, 4)
    .map((each) => ({ ...each, found: play(each) }))
    .filter(({ found }) => found.length > 0);

/** One after another copied or restored, and every fourth silent until it has heard of the peer. */
const eachWay = (ats: readonly Case['at'][]): readonly Case[] =>
  ats.map((at, index) => ({
    at,
    way: Math.floor(index / 2) % 2 === 0 ? 'copied' : 'restored',
    ahead: index % 4 === 0 ? 0 : 2,
  }));

describe('a disk that is put back', () => {
  it('at one side, at every point: nothing is lost or repeated without a word', () => {
    expect(points).toBeGreaterThan(25);
    expect(failing(eachWay(all.map((point) => ({ one: point }))))).toEqual([]);
  });

  it('at the other side, at every point', () => {
    expect(failing(eachWay(all.map((point) => ({ two: point }))))).toEqual([]);
  });

  it('at both sides, to the same point and to different ones', () => {
    const random = makeRandom(11);
    const draw = (): number => Math.floor(random() * points);
    const same = all
      .filter((point) => point % 4 === 0)
      .map((point) => ({ one: point, two: point }));
    const different = Array.from({ length: PAIRS }, () => ({ one: draw(), two: draw() }));
    expect(failing(eachWay([...same, ...different]))).toEqual([]);
  });
});

describe('a vat beside its own copy', () => {
  const meet = (point: number, way: Way, isCloneFirst: boolean): readonly string[] => {
    scene.rewind({}, 'copied');
    const clone = scene.cloneOne(point, way);
    const lives = isCloneFirst ? [clone, one] : [one, clone];
    world.setWire(honestWire);
    for (const side of [...lives, two, ...lives]) {
      scene.say(side, newLabels(1));
      world.run(10_000);
    }
    world.run(60_000);
    // Whichever of the two is in doubt knows it; what the other said is its own history.
    return [...complaintsOfTwins(clone), ...besides(two)];
  };

  /** Peer two has one link for both, and each of them must know what became of what it said. */
  const complaintsOfTwins = (clone: Side): readonly string[] => {
    const twins = [one, clone];
    const links = [...twins.map((side) => linkOf(side, two)), linkOf(two, one)];
    const isDoubt = links.some((link) => link?.state === 'doubt');
    const heard = twins.flatMap((side) => [...heardBy(side)]);
    const found = [
      ...twins.flatMap((side) => ofDirection({ side, to: two })),
      ...ofDirection({ side: two, to: one, heard }),
    ];
    // A copy that never meets the peer is nobody's.
    const isMet = links.slice(0, 2).every((link) => link !== undefined);
    return isDoubt || !isMet ? found : [...found, 'nobody noticed'];
  };

  it('is noticed, and of what either says nothing is lost or repeated without a word', () => {
    const found = someOf(all, 3).flatMap((point) => {
      const way = point % 2 === 0 ? 'copied' : 'restored';
      const isCloneFirst = point % 3 === 0;
      const wrong = meet(point, way, isCloneFirst);
      return wrong.length === 0 ? [] : [{ point, way, isCloneFirst, wrong }];
    });
    expect(found).toEqual([]);
  });
});
