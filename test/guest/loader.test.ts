import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/core/frames.ts';
import type { CodeHash, LocalId } from '../../src/core/ids.ts';
import { DEFAULT_TURN_LIMITS } from '../../src/core/turn-limits.ts';
import { type Cache, makeCache } from '../../src/guest/cache.ts';
import type { Channel } from '../../src/guest/channel.ts';
import { hashCode } from '../../src/guest/code-check.ts';
import { type Loaded, makeLoader } from '../../src/guest/loader.ts';
import { runTurn } from '../../src/guest/turn.ts';
import { READINGS } from './kit.ts';

/** Turns in this process, not locked down: the guests of this file are ours. */
function makeVat(cache: Cache<Loaded>) {
  const objects = new Map<string, { code: CodeHash; power: never }>();
  const memories = new Map<string, { body: string; slots: LocalId[] }>();
  const codes = new Map<string, string>();
  let asks = 0;
  const channel: Channel = {
    next: () => {
      throw new Error('no frame');
    },
    write: () => undefined,
    flush: () => undefined,
    ask: (frame) => {
      asks += 1;
      if (frame.what === 'code') {
        return { type: 'code', hash: frame.id, text: codes.get(frame.id) ?? '' };
      }
      const { id } = frame;
      if (frame.what === 'memory') {
        return { type: 'memory', id, value: memories.get(id) ?? { body: '{}', slots: [] } };
      }
      const object = objects.get(id);
      return { type: 'object', id, ...(object ? { object } : {}) };
    },
  };
  const evaluate = (text: string) => new Function(`"use strict"; return (${text});`)() as unknown;
  const loader = makeLoader(channel, evaluate, cache);
  let turn = 0;
  return {
    asks: () => asks,
    install(text: string): LocalId {
      turn += 1;
      codes.set(hashCode(text), text);
      const natives = { make_object: 'make_object' };
      const power = { data: { body: '{}', slots: [] }, natives, memory: `m${turn}.1` };
      objects.set(`o${turn}.0`, { code: hashCode(text), power: power as never });
      return `o${turn}.0` as LocalId;
    },
    run(target: LocalId, body: string, slots: string[] = []): Outcome {
      turn += 1;
      const args = { body, slots: slots as LocalId[] };
      const frame = { type: 'turn', turn, target, args, readings: READINGS } as const;
      const outcome = runTurn(frame, { loader, limits: DEFAULT_TURN_LIMITS }, () => undefined);
      if (outcome.status === 'done') {
        for (const { id, value } of outcome.memory) memories.set(id, value as never);
        for (const { id, code, text, power } of outcome.objects) {
          objects.set(id, { code, power: power as never });
          if (text !== undefined) codes.set(code, text);
        }
      }
      return outcome;
    },
  };
}

describe('loader', () => {
  it('R6 forgetting everything at once is never visible in an outcome', () => {
    const vats = [makeVat(makeCache(1 << 24)), makeVat(makeCache(0))] as const;
    const outcomes = vats.map((vat) => {
      const child = vat.install(
        '(args, { memory }) => { memory.n = (memory.n ?? 0) + args; return memory.n; }',
      );
      const parent = vat.install(`({ to }, { memory, make_object }) => {
        memory.n = to.call(2) + to.call(3);
        memory.made = make_object('() => 5', { memory: { kept: memory.made ?? null } });
        memory.five = memory.made.call();
      }`);
      return Array.from({ length: 5 }, () => vat.run(parent, '{"to":{"$":0}}', [child]));
    });
    const asText = (outcome: Outcome) => JSON.stringify(outcome);
    expect(outcomes[1]?.map(asText)).toEqual(outcomes[0]?.map(asText));
    expect(vats[0].asks()).toBeLessThan(vats[1].asks());
  });

  it('a reference or native power kept beyond its turn is dead: QRT_TURN_OVER', () => {
    const vat = makeVat(makeCache(1 << 24));
    const kept: { ref?: { sendOnly(args: unknown): void; call(args: unknown): unknown } } & {
      make?: (code: string) => unknown;
    } = {};
    // Only without lockdown can a guest do this.
    (globalThis as Record<string, unknown>)['kept'] = kept;
    const keeper = vat.install(
      '(args, power) => { kept.ref = args; kept.make = power.make_object; }',
    );
    expect(vat.run(keeper, '{"$":0}', ['i1']).status).toBe('done');
    const over = expect.objectContaining({ code: 'QRT_TURN_OVER' });
    expect(() => kept.ref?.sendOnly(1)).toThrow(over);
    expect(() => kept.ref?.call(1)).toThrow(over);
    expect(() => kept.make?.('() => 1')).toThrow(over);
    const sender = vat.install('({ to }) => { to.sendOnly(kept.ref); }');
    expect(vat.run(sender, '{"to":{"$":0}}', ['i1'])).toMatchObject({
      failure: { code: 'QRT_TURN_OVER' },
    });
    delete (globalThis as Record<string, unknown>)['kept'];
  });
});

describe('cache', () => {
  it('keeps to its bytes and forgets what was not used for longest', () => {
    const cache = makeCache<string>(100);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 25);
    expect(cache.get('a')).toBe('a');
    cache.set('e', 'e', 25);
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key))).toEqual([
      'a',
      undefined,
      undefined,
      'd',
      'e',
    ]);
    cache.set('a', 'A', 1);
    cache.set('huge', 'x', 1000);
    expect([cache.get('a'), cache.get('huge')]).toEqual(['A', undefined]);
  });
});
