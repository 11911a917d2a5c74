// Scenarios: small histories of a world that are run again and again with a fault at each point.

import Database from 'better-sqlite3';
import type { Qrid } from '../../src/core/ids.ts';
import { CONTACTS_MAX } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

/** What is ready before the history begins. */
export interface Stage {
  readonly world: World;
  readonly one: TestVat;
  readonly two: TestVat;
  readonly three: TestVat;
  /** An object of each vat. */
  readonly objects: { readonly one: Qrid; readonly two: Qrid; readonly three: Qrid };
}

export interface Scenario {
  readonly name: string;
  /** The vat that is struck. */
  readonly victim: 'one' | 'two' | 'three';
  readonly prepare?: (stage: Stage) => void;
  readonly act: (stage: Stage) => void;
  /** What is given up goes together as it happens to, in one item of lane 2 or in several. */
  readonly isLane2Free?: true;
  /** It has so many points that second deaths are a part of all, another one each time. */
  readonly isLong?: true;
}

const notes = (from: number, to: number): Step[] =>
  Array.from({ length: to - from }, (_, n) => ['note', from + n]);

/** Two sends to each, so that a later one shows what an earlier one left. */
const sendTwice = (from: TestVat, to: Qrid, slots: readonly Qrid[] = []): void => {
  from.send(to, notes(0, 2), { slots });
  from.send(to, notes(2, 3), { slots });
};

const WRONG = 'A'.repeat(43) as Qrid['swissnum'];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'an installation',
    victim: 'one',
    act: ({ one }) => void one.install({ id: 'once', grants: ['log'], text: '() => 1' }),
  },
  {
    name: 'a message to an object of the same vat',
    victim: 'one',
    act: ({ one, objects }) => sendTwice(one, objects.one),
  },
  {
    name: 'a turn with memory, new objects, sends and lines of the log',
    victim: 'one',
    act: ({ one, objects }) => {
      const inner: Step[] = [['note', 'inner']];
      const steps: Step[] = [
        ['note', 'outer'],
        ['make'],
        ['send', 0, inner],
        ['send', 1, inner],
        ['log', 'line'],
        ['make'],
      ];
      one.send(objects.one, steps, { slots: [objects.one, objects.two] });
      one.send(objects.one, [
        ['note', 'lost'],
        ['throw', 'on purpose'],
      ]);
      one.send(objects.one, [['note', 'after']]);
    },
  },
  {
    name: 'a redeem and messages to another vat, at the sender',
    victim: 'one',
    act: ({ one, objects }) => sendTwice(one, objects.two),
  },
  {
    name: 'a redeem and messages from another vat, at the receiver',
    victim: 'two',
    act: ({ one, objects }) => sendTwice(one, objects.two),
  },
  {
    name: 'references from another vat, at the receiver',
    victim: 'two',
    prepare: ({ one, world, objects }) => {
      one.send(objects.two, [['note', 'before']]);
      world.run();
    },
    act: ({ one, objects }) => sendTwice(one, objects.two, [objects.one, objects.two]),
  },
  {
    name: 'references to another vat, at the sender',
    victim: 'one',
    act: ({ one, objects }) => sendTwice(one, objects.two, [objects.one, objects.two]),
  },
  {
    name: 'a refusal of a wrong QRID, at the vat that is asked',
    victim: 'two',
    prepare: ({ one, world, objects }) => {
      one.send(objects.two);
      world.run();
    },
    act: ({ one, objects }) => sendTwice(one, { ...objects.two, swissnum: WRONG }),
  },
  {
    name: 'a refusal of a wrong QRID, at the vat that asks',
    victim: 'one',
    prepare: ({ one, world, objects }) => {
      one.send(objects.two);
      world.run();
    },
    act: ({ one, objects }) => sendTwice(one, { ...objects.two, swissnum: WRONG }),
  },
  {
    name: 'a first contact with a wrong QRID and then a right one',
    victim: 'one',
    act: ({ one, objects }) => {
      // Once: after the refusal the same QRID is redeemed anew, so a second send may cost an item
      // more or less, by when the first came back.
      one.send({ ...objects.two, swissnum: WRONG }, notes(0, 2));
      sendTwice(one, objects.two);
    },
  },
  {
    name: 'a message that is forwarded, at the forwarder',
    victim: 'two',
    prepare: passThreeToOne,
    act: ({ one, objects }) => relay(one, objects.one),
  },
  {
    name: 'a message that is forwarded as the hundredth, at the forwarder',
    victim: 'two',
    prepare: (stage) => {
      passThreeToOne(stage);
      const { one, objects, world } = stage;
      one.send(objects.one, Array<Step>(96).fill(['tell', 0, []]));
      world.run();
    },
    act: ({ one, objects }) => relay(one, objects.one),
  },
  {
    name: 'a message that is forwarded, at its end',
    victim: 'three',
    prepare: passThreeToOne,
    act: ({ one, objects }) => relay(one, objects.one),
  },
  {
    name: 'a message that ends its worker and is taken out',
    victim: 'one',
    prepare: ({ one, two, objects, world }) => {
      two.send(objects.one, [['note', 'before']]);
      world.run();
      one.setScript((turn, tell) => {
        if (!turn.args.body.includes('"poison"')) return runProgram(turn, tell);
        one.endWorker('heap');
        return undefined;
      });
    },
    act: ({ two, objects }) => {
      two.send(objects.one, [['note', 'poison']]);
      two.send(objects.one, [['note', 'after']]);
    },
  },
  {
    name: 'a refusal that travels back through a forwarder',
    victim: 'two',
    prepare: (stage) => {
      const { two, one, objects, world } = stage;
      one.send(objects.three);
      two.send(objects.three);
      world.run();
      const wrong = { ...objects.three, swissnum: WRONG };
      two.send(objects.one, [['keep', 0]], { slots: [wrong] });
      world.run();
    },
    act: ({ one, objects }) => relay(one, objects.one),
  },
];

/** Vat two gives an object of vat three to an object of vat one. */
function passThreeToOne({ world, two, objects }: Stage): void {
  two.send(objects.one, [['keep', 0]], { slots: [objects.three] });
  world.run();
}

/** An object of vat one sends to what it was given, through vat two. */
function relay(one: TestVat, object: Qrid): void {
  one.send(object, [
    ['tell', 0, [['note', 'first']]],
    ['tell', 0, [['note', 'second']], [0]],
  ]);
  one.send(object, [['tell', 0, [['note', 'third']]]]);
}

/** The stage of a scenario, at rest. */
export function setStage(seed = 1): Stage {
  const world = makeWorld(seed);
  const [one, two, three] = [world.vat('one'), world.vat('two'), world.vat('three')];
  const objects = {
    one: one.install({ grants: ['log'] }),
    two: two.install(),
    three: three.install(),
  };
  return { world, one, two, three, objects };
}

/** Lets the stage come to rest; the result brings all vats back to that moment. */
export function keepStage({ world }: Stage): () => void {
  world.run();
  const restores = world.vats().map((vat) => vat.backup());
  return () => {
    for (const vat of world.vats()) vat.halt();
    for (const restore of restores) restore();
    for (const vat of world.vats()) vat.revive();
    world.run();
  };
}

/** Requests whose answers are looked at in the end. */
export const ANSWER_IDS = ['early', 'late', 'thrown', 'last'] as const;

/** Numbers of the checkpoints that a vat has of its lanes: they do not depend on chance. */
function checkpointsOf({ path }: TestVat): unknown {
  const db = new Database(path, { readonly: true });
  const found = db.prepare('SELECT half, number FROM checkpoint ORDER BY 1, 2').raw().all();
  db.close();
  return found;
}

/** Records that somebody asked for: what peers told as well depends on when boxes went. */
function contactsOf(vat: TestVat): unknown {
  const asked = vat
    .store()
    .contacts()
    .filter(({ via, record }) => !via && record !== '');
  return { asked: asked.length, isFull: vat.store().countContacts() >= CONTACTS_MAX };
}

/** Everything that a history may leave behind, in words that do not depend on chance. */
export function describeEnd(stage: Stage, { isLane2Free }: Partial<Scenario> = {}): unknown {
  const lanes = (numbers: readonly [number, number]) => (isLane2Free ? numbers[0] : numbers);
  const { world, objects } = stage;
  const quiet = world.run();
  const vats = [stage.one, stage.two, stage.three].map((vat) => ({
    name: vat.name,
    notes: notesOf(vat, objects[vat.name as keyof typeof objects]),
    objects: vat.status().objects,
    turns: vat.status().turns,
    quarantined: vat.status().quarantined,
    promises: vat.status().promises,
    checkpoints: checkpointsOf(vat),
    contacts: contactsOf(vat),
    answers: ANSWER_IDS.map((id) => vat.control({ type: 'result', id })),
    // A death of the vat counts as an attempt of what ran alone.
    log: vat
      .log()
      .map(({ level, text }) =>
        `${level} ${text}`.replace(/ \(trace.*/, '').replace(/\d+ att/, 'att'),
      ),
    links: vat.status().links.map(({ sent, receipted, received, refusals, gaps, state }) => ({
      sent: lanes(sent),
      receipted: lanes(receipted),
      received: lanes(received),
      refusals,
      gaps,
      state,
    })),
  }));
  return { quiet, vats, disagreements: disagreements(world) };
}
