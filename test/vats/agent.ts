// Agent: an object in each of several vats, which sends what the test says and keeps the answers.
import { makeRandom } from '../sim/random.ts';
import { openTestVat, type TestRef, type TestVat } from '../spec/kit.ts';
import { makeTestNet, type TestNet, type Wire } from '../spec/net.ts';

/** `$name` in args, and `$name.field`, stand for what the agent keeps there. */
const AGENT = `function agent(args, { memory, make_object }) {
  const { send, make, power, pass, keep, context, value, error, ...news } = args;
  const isPlain = (it) =>
    typeof it === 'object' && it !== null && Object.prototype.toString.call(it) === '[object Object]';
  const find = (path) => path.split('.').reduce((at, key) => at[key], memory);
  const spell = (it) => {
    if (typeof it === 'string' && it.startsWith('$')) return find(it.slice(1));
    if (Array.isArray(it)) return it.map(spell);
    if (!isPlain(it)) return it;
    return Object.fromEntries(Object.entries(it).map(([key, each]) => [key, spell(each)]));
  };
  if (context) memory[context] = error ? { error } : value;
  Object.assign(memory, news);
  if (make) memory[keep] = make_object(make, { make_object, ...spell(power), memory: {} });
  if (!send) return;
  let answer = find(send);
  for (const each of pass) answer = answer.send(spell(each));
  if (keep) Q.when(answer, { fulfilled: memory.me, rejected: memory.me, context: keep });
}`;

export interface Agent {
  readonly vat: TestVat;
  readonly ref: TestRef;
  /** Tells it what it has from now on. */
  know(news: object): Promise<void>;
  /** Has it send args, one after another to the promise of the last answer, which it keeps. */
  tell(to: string, args: object | readonly object[], keep?: string): Promise<void>;
  /** Has it make an object. */
  make(keep: string, code: string, power: object): Promise<void>;
  /** What it keeps. */
  keeps(): Record<string, unknown>;
}

/** So many vats that reach each other, with an agent in each. */
export async function openAgents(
  count: number,
  objects: Readonly<Record<string, string>> = {},
): Promise<{ readonly net: TestNet; readonly agents: readonly Agent[] }> {
  const net = makeTestNet();
  const agents: Agent[] = [];
  for (let n = 0; n < count; n += 1) {
    const vat = await openTestVat({ net, objects, grants: [] });
    const ref = await vat.install('agent', AGENT);
    const agent: Agent = {
      vat,
      ref,
      know: async (news) => void (await vat.queue(ref, news)),
      tell: async (send, args, keep) => {
        const pass = Array.isArray(args) ? args : [args];
        await vat.queue(ref, { send, pass, ...(keep === undefined ? {} : { keep }) });
      },
      make: async (keep, make, power) => void (await vat.queue(ref, { make, power, keep })),
      keeps: () => vat.memory('agent') as Record<string, unknown>,
    };
    const known = Object.keys(objects).map((name) => [name, vat.ref(name)]);
    await agent.know({ me: ref, ...Object.fromEntries(known) });
    agents.push(agent);
  }
  return { net, agents };
}

/** Loses boxes and receipts, brings them twice, and all else arrives. */
export function makeBadWire(seed: number): Wire {
  const random = makeRandom(seed);
  return async ({ bytes }, forward) => {
    const dice = random();
    if (dice < 0.2) return { ok: false, reason: 'lost on the way' };
    const result = await forward(bytes);
    if (dice < 0.3) return { ok: false, reason: 'the receipt was lost' };
    return dice < 0.4 ? forward(bytes) : result;
  };
}
