// Waiting for an answer: over a node that goes away, a full disk, and until the time is over.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import { makeSwissnum } from '../../src/core/ids.ts';
import type { ControlReply, ControlRequest } from '../../src/kernel/ports.ts';
import { openBaseDir, readVatId } from '../../src/node/base-dir.ts';
import { type ControlServer, serveControl } from '../../src/node/control-server.ts';
import { createNode } from '../../src/node/create.ts';
import { readAnswer, sendForAnswer } from '../../src/node/result.ts';
import { codeOf, makeScratch } from './scratch.ts';

const makeBase = async () => {
  const dir = join(makeScratch(), 'one');
  await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
  return openBaseDir(dir);
};
type Base = Awaited<ReturnType<typeof makeBase>>;

/** A process that looks like the node; it ends when it has no reply. */
const pretend = (base: Base, onRequest: (request: ControlRequest) => ControlReply | undefined) => {
  const served: Promise<ControlServer> = serveControl({
    base,
    vat: readVatId(base),
    workerPids: () => [],
    sandbox: { level: 'none', open: [], line: '' },
    allowPrivatePeers: false,
    onRequest: async (ticket, request) => {
      const reply = onRequest(request);
      if (reply === undefined) await (await served).close();
      else if (reply !== NEVER) (await served).reply(ticket, reply);
    },
    onGone: () => {},
    onStop: () => {},
  });
  return served;
};

const NEVER: ControlReply = { ok: true, value: 'never said' };
const ok = (value: unknown): ControlReply => ({ ok: true, value });
const PENDING = ok({ id: 'a', state: 'pending' });
const END = ok({ id: 'a', state: 'fulfilled', data: { body: '{"n":{"$":0}}', slots: ['o5.0'] } });
const full = (): ControlReply => {
  const { code, message } = new QrtError('QRT_DISK_FULL', { dir: 'there' });
  return { ok: false, code, message };
};

describe('an answer that is waited for', () => {
  it('comes from a node that goes away, and from one whose disk was full', async () => {
    const base = await makeBase();
    const said = [PENDING, full(), undefined];
    const asked: unknown[] = [];
    const gone: string[] = [];
    await pretend(base, (request) => {
      asked.push({ ...request });
      return said.shift();
    });
    const onGone = () => {
      gone.push('gone');
      if (gone.length === 2) void pretend(base, () => END);
    };
    const answer = await readAnswer({ dir: base.dir, id: 'a', waitMs: 60_000, onGone });
    expect(answer).toEqual({ value: { n: { $: 'o5.0' } } });
    expect(gone.length).toBeGreaterThan(1);
    expect(asked).toEqual([
      { type: 'result', id: 'a' },
      { type: 'result', id: 'a', wait: true },
      { type: 'result', id: 'a', wait: true },
    ]);
  });

  it('is QRT_ANSWER_LATE when the time is over, by a node that is silent or gone', async () => {
    const base = await makeBase();
    const server = await pretend(base, ({ type, ...rest }) => ('wait' in rest ? NEVER : PENDING));
    const read = (waitMs: number) => readAnswer({ dir: base.dir, id: 'a', waitMs });
    expect(await codeOf(() => read(0))).toBe('QRT_ANSWER_LATE');
    expect(await codeOf(() => read(200))).toBe('QRT_ANSWER_LATE');
    await server.close();
    await pretend(base, ({ type, ...rest }) => ('wait' in rest ? undefined : PENDING));
    expect(await codeOf(() => read(300))).toBe('QRT_ANSWER_LATE');
  });

  it('of a message that may have been sent names its id, as it can be asked for', async () => {
    const base = await makeBase();
    await pretend(base, () => {
      const { code, message } = new QrtError('QRT_NODE_SILENT', { dir: 'there', reason: 'why' });
      return { ok: false, code, message };
    });
    const qrid = `qrt:${readVatId(base)}.${makeSwissnum(new Uint8Array(32))}`;
    const message = { dir: base.dir, qrid, args: '1', refs: [], id: 'my-id' };
    await expect(sendForAnswer({ ...message, waitMs: 1_000 })).rejects.toThrow(/result .* my-id/);
  });
});
