// Bank: purses on all vats pay each other. Whatever happens, no money is made and none is lost: the
// sum over all disks, what is in flight included, is the same at every single moment.

import type { Qrid } from '../../../src/core/ids.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { argsInFlight, type Fields, memoriesOf } from './in-flight.ts';

/** A purse: what it pays leaves it in the very turn that sends it. */
export const PURSE = `function purse({ op, amount, to, fail }, { memory }) {
  if (op === 'deposit') memory.balance += amount;
  if (op === 'take' || op === 'pay') {
    if (memory.balance < amount) {
      if (op === 'take') throw Error('not enough');
      return undefined;
    }
    memory.balance -= amount;
  }
  if (op === 'pay') {
    to.sendOnly({ op: 'deposit', amount });
    if (fail) {
      memory.mark = 'of-an-' + 'undone-turn';
      to.sendOnly({ op: 'deposit', amount, mark: memory.mark });
      throw Error('on purpose');
    }
  }
  return amount;
}`;

/** A branch holds the purses of its vat and knows some of others. */
export const BRANCH = `function branch(args, { memory, make_object, purse }) {
  const { op, amount, from, to, ref, fail } = args;
  if (op === 'found') {
    memory.vault = amount;
    memory.purses = [];
    memory.known = [];
    memory.branches = [];
    return;
  }
  if (op === 'meet') {
    if (memory.known.length < 20) memory.known.push(ref);
    return;
  }
  if (op === 'join') {
    memory.branches.push(ref);
    return;
  }
  const { purses, known, branches } = memory;
  const mine = (n) => purses[n % purses.length];
  if (op === 'open' && purses.length < 20 && memory.vault >= amount) {
    memory.vault -= amount;
    purses.push(make_object(purse, { memory: { balance: amount } }));
  }
  if (purses.length === 0) return;
  const all = [...purses, ...known];
  if (op === 'pay') mine(from).sendOnly({ op, amount, to: all[to % all.length], fail });
  if (op === 'move') mine(to).call({ op: 'deposit', amount: mine(from).call({ op: 'take', amount }) });
  if (op === 'split' && purses.length < 20) {
    const balance = mine(from).call({ op: 'take', amount });
    purses.push(make_object(purse, { memory: { balance } }));
  }
  if (op === 'introduce' && branches.length > 0) {
    branches[to % branches.length].sendOnly({ op: 'meet', ref: all[from % all.length] });
  }
  if (fail) {
    memory.mark = 'of-an-' + 'undone-turn';
    make_object(purse, { memory: { balance: amount, mark: memory.mark } });
    throw Error('on purpose');
  }
}`;

const VAULT = 1_000_000;
const OPS = ['open', 'pay', 'pay', 'pay', 'pay', 'pay', 'move', 'split', 'introduce', 'introduce'];
const FAIL_CHANCE = 0.1;

const isMoney = ({ op }: Fields): boolean => op === 'deposit';

export function makeBank(): Workload {
  const disks = makeDisks();
  const branches: { readonly vat: SimVat; readonly qrid: Qrid }[] = [];
  /** What there was before. */
  let before = 0;
  /** Whether all branches have their vaults. */
  let isFounded = false;

  const total = (vats: readonly SimVat[]): number => {
    const memories = vats.flatMap((vat) => memoriesOf(disks, vat));
    const held = memories.map(({ vault = 0, balance = 0 }) => Number(vault) + Number(balance));
    const moving = argsInFlight(disks, vats).filter(isMoney);
    return [...held, ...moving.map(({ amount }) => Number(amount))].reduce((a, b) => a + b, 0);
  };
  const check = ({ vats }: Stage): string[] => {
    const wanted = before + VAULT * branches.length;
    const found = isFounded ? total(vats) : wanted;
    return found === wanted ? [] : [`bank: there is ${found} instead of ${wanted}`];
  };

  /** A purse pays only what it has; nothing else is certain when a past comes back. */
  const checkRewound = ({ vats }: Stage, isQuiet: boolean): string[] => {
    const owing = vats
      .flatMap((vat) => memoriesOf(disks, vat))
      .filter(({ vault = 0, balance = 0 }) => !(Number(vault) >= 0 && Number(balance) >= 0));
    const moving = isQuiet ? argsInFlight(disks, vats).filter(isMoney) : [];
    return [
      ...owing.map(({ balance, vault }) => `bank: a purse holds ${balance ?? vault}`),
      ...moving.map(({ amount }) => `bank: ${amount} never arrive`),
    ];
  };

  return {
    name: 'bank',
    onRestore: disks.forget,
    close: disks.close,
    prepare(stage) {
      before = total(stage.vats);
      for (const vat of stage.vats) {
        const qrid = stage.install(vat, BRANCH, { purse: PURSE })!;
        branches.push({ vat, qrid });
        stage.send(vat, qrid, { op: 'found', amount: VAULT });
        for (let n = 0; n < 3; n += 1) stage.send(vat, qrid, { op: 'open', amount: VAULT / 10 });
      }
      for (const { vat, qrid } of branches) {
        for (const other of branches.filter((each) => each.vat !== vat)) {
          stage.send(vat, qrid, { op: 'join', ref: { $: 0 } }, [other.qrid]);
        }
        stage.send(vat, qrid, { op: 'introduce', from: 0, to: 0 });
      }
    },
    act(stage) {
      isFounded = true;
      const draw = (below: number): number => Math.floor(stage.random() * below);
      const { vat, qrid } = branches[draw(branches.length)]!;
      const from = stage.random() < 0.8 ? vat : stage.vats[draw(stage.vats.length)]!;
      stage.send(from, qrid, {
        op: OPS[draw(OPS.length)],
        amount: 1 + draw(1000),
        from: draw(1000),
        to: draw(1000),
        fail: stage.random() < FAIL_CHANCE,
      });
    },
    checkAlways: check,
    checkQuiet: check,
    checkRewound,
  };
}
