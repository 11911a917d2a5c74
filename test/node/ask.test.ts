import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import { makeSwissnum } from '../../src/core/ids.ts';
import type { ControlReply, StatusReply } from '../../src/kernel/ports.ts';
import { askAndWait, askNode } from '../../src/node/ask.ts';
import { openBaseDir, readVatId } from '../../src/node/base-dir.ts';
import { serveControl } from '../../src/node/control-server.ts';
import { createNode } from '../../src/node/create.ts';
import { startNode, stopNode } from '../../src/node/daemon.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { codeOf, makeScratch } from './scratch.ts';

const makeBase = async () => {
  const dir = join(makeScratch(), 'one');
  await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
  return openBaseDir(dir);
};

type Base = Awaited<ReturnType<typeof makeBase>>;

/** A process that looks like the node until `onRequest` says what becomes of a request. */
const pretend = (base: Base, onRequest: () => ControlReply | undefined, onStop = () => {}) => {
  const served = serveControl({
    base,
    vat: readVatId(base),
    workerPids: () => [],
    sandbox: { level: 'none', open: [], line: '' },
    allowPrivatePeers: false,
    onRequest: async (ticket) => {
      const reply = onRequest();
      if (reply === undefined) await (await served).close();
      else (await served).reply(ticket, reply);
    },
    onGone: () => {},
    onStop,
  });
  return served;
};

const learn = { type: 'learn', records: [] } as const;

describe('ask', () => {
  it('a stopped node is asked on its disk', async () => {
    const base = await makeBase();
    const { value, hello } = await askNode<StatusReply>(base, { type: 'status' });
    expect(hello).toBeUndefined();
    expect(value.vat).toBe(readVatId(base));
  });

  it('a node that ends in the middle of a request is asked again, on its disk', async () => {
    const base = await makeBase();
    let asked = 0;
    await pretend(base, () => {
      asked += 1;
      return undefined;
    });
    const { value, hello } = await askNode(base, learn);
    expect(asked).toBe(1);
    expect(hello).toBeUndefined();
    expect(value).toEqual({ learnt: 0, known: 0, refused: 0 });
  });

  it('a refusal of the node is thrown with its code and words', async () => {
    const base = await makeBase();
    const { code, message } = new QrtError('QRT_DISK_FULL', { dir: 'there' });
    const server = await pretend(base, () => ({ ok: false, code, message }));
    expect(await codeOf(() => askNode(base, learn))).toBe('QRT_DISK_FULL');
    await expect(askNode(base, learn)).rejects.toThrow(message);
    await server.close();
  });

  it('waiting needs a running node, and ends in time', async () => {
    const base = await makeBase();
    const request = {
      type: 'send',
      id: 'a',
      target: { vat: readVatId(base), swissnum: makeSwissnum(new Uint8Array(32)) },
      args: { body: '1', slots: [] },
      wait: true,
    } as const;
    const ask = () => askAndWait({ base, request, waitMs: 50 });
    expect(await codeOf(ask)).toBe('QRT_NODE_STOPPED');
    const never = new Promise<never>(() => {});
    const server = await serveControl({
      base,
      vat: readVatId(base),
      workerPids: () => [],
      sandbox: { level: 'none', open: [], line: '' },
      allowPrivatePeers: false,
      onRequest: () => never,
      onGone: () => {},
      onStop: () => {},
    });
    expect(await codeOf(ask)).toBe('QRT_WAIT_EXPIRED');
    await server.close();
  });
});

describe('daemon', () => {
  const program = (text: string) => () => [process.execPath, '-e', text];

  it('a node that ends without a word, or says none in time, is not started', async () => {
    const { dir } = await makeBase();
    const ended = startNode({ dir, command: program('console.log("last words")') });
    await expect(ended).rejects.toMatchObject({
      code: 'QRT_NODE_UNSTARTED',
      message: expect.stringMatching(/it ended.*\nlast words/s),
    });
    const command = program('setInterval(() => {}, 1000)');
    const late = startNode({ dir, command, waitMs: 300 });
    await expect(late).rejects.toMatchObject({
      code: 'QRT_NODE_UNSTARTED',
      message: expect.stringContaining('longer than 0.3 s'),
    });
  });

  it('a failure that the node reports is the failure of the start', async () => {
    const { dir } = await makeBase();
    const details = { host: 'h', port: 1, path: 'p' };
    const { code, message } = new QrtError('QRT_PORT_TAKEN', details);
    const report = `${JSON.stringify({ error: { code, message, details } })}\n`;
    const command = program(`require('fs').writeSync(3, ${JSON.stringify(report)})`);
    await expect(startNode({ dir, command })).rejects.toMatchObject({ code, message });
  });

  it('a node that does not end when told to is reported with its process', async () => {
    const base = await makeBase();
    const lock = acquireLock({ path: base.lock, waitMs: 0, dir: base.dir });
    const server = await pretend(base, () => undefined);
    const stop = () => stopNode({ dir: base.dir, waitMs: 100 });
    await expect(stop()).rejects.toMatchObject({
      code: 'QRT_NODE_UNSTOPPED',
      message: expect.stringContaining(`${process.pid}`),
    });
    await server.close();
    lock.release();
    expect(await codeOf(stop)).toBe('QRT_NODE_STOPPED');
  });
});
