// Membrane agents: objects on both sides of a membrane that hand each other whatever they get.
import type { GuestVat, TestObject, TestReference } from './kit.ts';

export const SIDES = ['inside', 'outside'] as const;
type Side = (typeof SIDES)[number];

const otherSide = (side: Side): Side => (side === 'inside' ? 'outside' : 'inside');

/** What an agent is told to do, as numbers that choose among what it holds. */
export interface Act {
  readonly to: number;
  readonly give: readonly number[];
  /** What the receiver answers with; 0 has it throw. */
  readonly reply: number;
  /** Whether it waits for the answer, or for what else it chose. */
  readonly hear?: number;
  /** Makes a promise of its own, and holds promise and resolver. */
  readonly makes?: boolean;
  /** Sends as to a resolver, in case it is one. */
  readonly resolves?: boolean;
}

interface AgentMemory {
  /** Every reference that it ever held. */
  readonly held: readonly TestReference[];
  /** From which side, and by which act, it heard: by message, answer or rejection. */
  readonly heard: readonly string[];
}

const AGENT = `function agent(args, { memory, side }) {
  memory.held ??= [];
  memory.heard ??= [];
  const isReference = (it) => Object.prototype.toString.call(it) === '[object Reference]';
  const keep = (it) => {
    if (isReference(it) && !memory.held.includes(it)) memory.held.push(it);
    if (typeof it === 'object' && it !== null && !isReference(it)) Object.values(it).forEach(keep);
    return it;
  };
  const held = (n) => memory.held[n % memory.held.length];
  keep(args);
  if (args.self) memory.self = args.self;
  const from = args.from ?? args.value?.from ?? args.error?.message;
  if (from) memory.heard.push(from);
  if (args.from) {
    const mark = side + args.from.slice(args.from.indexOf(' '));
    if (args.reply === 0) throw Error(mark);
    return { from: mark, plain: { list: [held(args.reply), 'x'] }, more: held(args.reply + 1) };
  }
  if (!args.act) return;
  const { to, give, reply, hear, makes, resolves } = args.act;
  const mark = side + ' ' + args.n;
  if (makes) keep(Q.promise());
  const gift = give.map(held);
  const answer = Q.send(held(to), resolves ? { value: { from: mark, gift } } : { from: mark, reply, gift });
  keep(answer);
  if (hear !== undefined) {
    const promise = hear === 0 ? answer : held(hear);
    keep(Q.when(promise, { fulfilled: memory.self, rejected: memory.self }));
  }
}`;

export interface Agents {
  readonly vat: GuestVat;
  readonly all: Readonly<Record<Side, readonly TestObject[]>>;
  readonly revoker: TestObject;
  /** Tells an agent to act; returns the number of the act. */
  act(agent: TestObject, act: Act): Promise<number>;
  read(agent: TestObject): Promise<AgentMemory>;
  /** What is held on a side, as text. */
  held(side: Side): Promise<ReadonlySet<string>>;
  /** The acts of the other side of which anybody on this one heard. */
  heard(side: Side): Promise<readonly number[]>;
}

/** Three agents on each side, who know their own side, and one outside has the way in. */
export async function openAgents(vat: GuestVat): Promise<Agents> {
  const all = { inside: [] as TestObject[], outside: [] as TestObject[] };
  for (const side of SIDES) {
    for (let n = 0; n < 3; n += 1) all[side].push(await vat.object(AGENT, { side }));
    for (const self of all[side]) await vat.send(self, { self, others: all[side] });
  }
  const membrane = await vat.guest('membrane');
  const { wrapped, revoker } = await vat.answer(membrane, { target: all.inside[0] });
  for (const agent of all.outside) {
    await vat.done(agent, { gift: wrapped });
    await vat.answer(wrapped!, { gift: agent, from: 'outside 0', reply: 1 });
  }
  let acts = 0;
  const read = (agent: TestObject): Promise<AgentMemory> => vat.read<AgentMemory>(agent);
  const readAll = (side: Side) => Promise.all(all[side].map(read));
  return {
    vat,
    all,
    revoker: revoker!,
    act: async (agent, act) => {
      acts += 1;
      await vat.send(agent, { act, n: acts });
      return acts;
    },
    read,
    held: async (side) => new Set((await readAll(side)).flatMap(({ held }) => held.map(String))),
    heard: async (side) =>
      (await readAll(side)).flatMap(({ heard }) =>
        heard.flatMap((mark) => {
          const [from, act] = mark.split(' ');
          return from === otherSide(side) ? [Number(act)] : [];
        }),
      ),
  };
}
