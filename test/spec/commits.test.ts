// Commits: what a turn did is on disk wholly or not at all, before anybody hears of it.

import { afterEach, describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import type { VatOutput } from '../../src/kernel/ports.ts';
import { isEffect } from '../sim/watched-store.ts';
import { EVERY_MARK, marksOf, openBusy, SINK } from './busy.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { cutWire, makeTestNet } from './net.ts';
import { open, readBox, readReceipt } from './wire.ts';

describe('commits', () => {
  afterEach(closeTestVats);

  it('Q18 everything that a turn did appears on disk in one transaction, or nothing of it', async () => {
    const { vat } = await openBusy();
    const busy = vat.ref('busy').id;
    const seen: string[] = [];
    let calls = 0;
    const look = (): void => {
      const tables = vat.tables();
      const waits = tables['inbox']?.some(({ target }) => target === busy) ? ['waits'] : [];
      const marks = [...marksOf(tables), ...waits].join(' ');
      if (seen.at(-1) !== marks) seen.push(marks);
    };
    vat.net.setWire(cutWire);
    // From another connection, between all calls: it sees what a crash at that point would leave.
    vat.setWatch({
      before: look,
      after: (call) => {
        if (isEffect(call)) calls += 1;
        look();
      },
    });
    await vat.queue('busy', {});
    await vat.run();
    vat.setWatch(undefined);
    look();
    expect(calls).toBeGreaterThan(15);
    expect(seen.filter((marks) => marks !== 'waits')).toEqual(['', EVERY_MARK.join(' ')]);
  });

  it('Q19 nothing leaves that is not on disk: receipts, boxes, replies, lines of the log', async () => {
    const net = makeTestNet();
    const objects = {
      sink: SINK,
      echo: '(args, power) => { power.log(args.n); args.to.sendOnly(args.n); }',
    };
    const vat = await openTestVat({ net, objects, grants: ['log'] });
    const peer = await openTestVat({ net, objects, grants: ['log'] });
    const checked = { reply: 0, post: 0, 'control-reply': 0 };
    const faults: string[] = [];
    vat.onOutput((output) => {
      const fault = output.type === 'worker-says' ? undefined : faultOf(vat, peer, output);
      if (fault !== undefined) faults.push(fault);
      if (output.type in checked) checked[output.type as keyof typeof checked] += 1;
    });
    const asks: Promise<unknown>[] = [];
    for (let n = 0; n < 100; n += 1) {
      asks.push(
        vat.queue('echo', { n, to: peer.ref('sink') }),
        peer.queue(vat.ref('echo'), { n, to: peer.ref('sink') }),
      );
      if (n % 10 === 0) asks.push(vat.log(), vat.status(), vat.install(`new ${n}`, SINK));
      if (n % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await Promise.all(asks);
    await net.run();
    expect(faults).toEqual([]);
    expect((peer.memory('sink') as { got: unknown[] }).got).toHaveLength(200);
    expect(checked.reply).toBeGreaterThan(2);
    expect(checked.post).toBeGreaterThan(2);
    expect(checked['control-reply']).toBeGreaterThan(100);
  });

  it('Q19 while commits fail nothing leaves, and afterwards everything does, once', async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net, objects: { sink: SINK } });
    const peer = await openTestVat({ net, objects: { sink: SINK } });
    await peer.queue(vat.ref('sink'), 'before');
    await net.run();
    let failures = 2;
    const leaks: string[] = [];
    vat.onOutput((output) => {
      const fault = output.type === 'worker-says' ? undefined : faultOf(vat, peer, output);
      if (fault !== undefined) leaks.push(fault);
    });
    vat.setWatch({
      before: ({ name }) => {
        if (name !== 'commit' || failures === 0) return;
        failures -= 1;
        throw new QrtError('QRT_DISK_FULL', { dir: 'test' });
      },
    });
    for (const n of [1, 2, 3]) await peer.queue(vat.ref('sink'), n);
    await expect(vat.queue('sink', 'lost')).rejects.toThrow('QRT_DISK_FULL');
    await net.run();
    expect(failures).toBe(0);
    expect(leaks).toEqual([]);
    expect(vat.memory('sink')).toEqual({ got: ['before', 1, 2, 3] });
  });
});

/** What is wrong with an output that speaks of what is not on disk. */
function faultOf(vat: TestVat, peer: TestVat, output: VatOutput): string | undefined {
  const tables = vat.tables();
  const link = tables['link']?.[0] as Record<string, number> | undefined;
  if (output.type === 'post') {
    for (const [index, lane] of readBox(open(peer.keys, output.bytes)!).lanes.entries()) {
      for (const [offset, item] of lane.items.entries()) {
        const row = tables['outbox']?.find(
          (each) => each['lane'] === index + 1 && each['number'] === lane.first + offset,
        );
        if (!row || Buffer.compare(row['item'] as Uint8Array, item) !== 0)
          return `item ${lane.first + offset} is not on disk`;
      }
    }
  }
  if (output.type === 'reply' && output.status === 200 && output.bytes[0] === 1) {
    const receipt = readReceipt(open(peer.keys, output.bytes)!);
    for (const [index, lane] of receipt.lanes.entries()) {
      if (lane.next > (link?.[`in${index + 1}_next`] ?? 0)) return `receipt up to ${lane.next}`;
    }
  }
  if (output.type === 'control-reply' && output.reply.ok) {
    const value = output.reply.value as {
      id?: string;
      object?: string;
      lines?: { seq: number }[];
      turns?: number;
    };
    if (value.id !== undefined && !tables['request']?.some(({ id }) => id === value.id))
      return `request ${value.id}`;
    if (value.object !== undefined && !tables['object']?.some(({ id }) => id === value.object))
      return value.object;
    const seqs = new Set(tables['log']?.map(({ seq }) => seq));
    if (value.lines?.some(({ seq }) => !seqs.has(seq))) return 'a line of the log';
    if ((value.turns ?? 0) > Number(tables['counters']?.[0]?.['turns_done']))
      return 'a count of turns';
  }
  return undefined;
}
