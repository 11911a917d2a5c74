// Watch of the page: looks at a node again and again, while somebody looks at the page, and tells
// the feed what is new.
//
// What runs is asked over the control socket; what is committed is read from the database. A node
// that stops is shown from its disk, and asked again as soon as it is back.

import { setTimeout as delay } from 'node:timers/promises';
import { isQrtError, QrtError } from '../core/errors.ts';
import { TURNS_REMEMBERED_MAX } from '../core/limits.ts';
import type { PageObject } from '../core/page-data.ts';
import { UI_LOG_LINES_MAX, UI_POLL_MS, UI_REPLY_MS_MAX } from '../core/page-limits.ts';
import type { TurnsReply } from '../core/turn-row.ts';
import type { StatusReply } from '../kernel/ports.ts';
import { openPageReader, type PageReader } from '../store/page-reader.ts';
import { openWaits, type WaitsReader } from '../store/waits-reader.ts';
import { type BaseDir, isNode, readVatId } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { connectNode, type RunningNode } from './control-client.ts';
import type { NodeRequest } from './control-frames.ts';
import { readVersion } from './program.ts';
import type { Feed } from './ui-feed.ts';
import { readGraph, readObject } from './ui-snapshot.ts';
import { presentRunning, presentStopped, type StatusHead } from './ui-status.ts';
import { readPageWaits } from './ui-waits.ts';

export interface Watch {
  /** Throws QRT_NODE_MISSING when the node's directory is gone or holds another one. */
  readonly ended: Promise<void>;
  /** Undefined when there is no such object. */
  object(id: string): PageObject | undefined;
  /** Ends it. Until then objects can be read, also after `ended`. */
  close(): Promise<void>;
}

export interface WatchInput {
  readonly base: BaseDir;
  readonly feed: Feed;
  /** Whether anybody looks: else the node is left alone. */
  readonly isWanted: () => boolean;
}

/** The part that changes from look to look. */
interface State {
  reader: PageReader;
  waits: WaitsReader;
  node: RunningNode | undefined;
  connectAtMs: number;
  /** Which life of the vat `turn` counts in, and the last one that was told. */
  since: number;
  turn: number;
  line: number;
  /** Of the database, at the last look. */
  version: number;
  /** How often it was found to be another one. */
  changes: number;
  isGraphOld: boolean;
  graphAtMs: number;
  areWaitsOld: boolean;
  waitsAtMs: number;
  statusAtMs: number;
  problem: string | undefined;
}

/** Watches the node in a directory. Throws QRT_STORE_*, QRT_CONFIG_INVALID. */
export function watchNode({ base, feed, isWanted }: WatchInput): Watch {
  const vat = readVatId(base);
  const state = makeState(base);
  const abort = new AbortController();

  const run = async (): Promise<void> => {
    for (;;) {
      if (abort.signal.aborted) return;
      assertThere(base, vat);
      if (isWanted()) await lookOrExplain({ base, feed, state, vat });
      await delay(UI_POLL_MS, undefined, { signal: abort.signal }).catch(() => {});
    }
  };
  const ended = run();

  return Object.freeze({
    ended,
    object(id: string) {
      try {
        return readObject(state.reader, id);
      } catch (error) {
        assertThere(base, vat);
        throw error;
      }
    },
    async close() {
      abort.abort();
      await Promise.allSettled([ended]);
      state.node?.close();
      state.reader.close();
      state.waits.close();
    },
  });
}

const makeState = (base: BaseDir): State => ({
  reader: openPageReader(base.database),
  waits: openWaits(base.database),
  node: undefined,
  connectAtMs: 0,
  since: 0,
  turn: 0,
  line: 0,
  version: 0,
  changes: 0,
  isGraphOld: true,
  graphAtMs: 0,
  areWaitsOld: true,
  waitsAtMs: 0,
  statusAtMs: 0,
  problem: undefined,
});

function assertThere(base: BaseDir, vat: string): void {
  if (!isNode(base.dir) || readVatId(base) !== vat) {
    throw new QrtError('QRT_NODE_MISSING', { dir: base.dir });
  }
}

interface Look {
  readonly base: BaseDir;
  readonly feed: Feed;
  readonly state: State;
  readonly vat: string;
}

/** How often a stopped node is tried, and how often the rest is looked at, at most. */
const CONNECT_MS = 1_000;
const GRAPH_MS = 500;
const STATUS_MS = 500;
const WAITS_MS = 1_000;
/** What takes long is looked at less often: at most this part of the time goes into it. */
const REST_TIMES = 10;

/** A directory that is being taken away fails in many ways, and all of them mean that. */
async function lookOrExplain(input: Look): Promise<void> {
  try {
    await look(input);
  } catch (error) {
    assertThere(input.base, input.vat);
    throw error;
  }
}

async function look(input: Look): Promise<void> {
  const { state, feed } = input;
  await connect(input);
  await askTurns(input);
  if (systemClock.monotonicMs() >= state.statusAtMs) {
    state.statusAtMs = await timed(STATUS_MS, () => tellStatus(input));
  }
  // After the turns were asked for: what they changed is on disk by now.
  const version = state.reader.version();
  if (version !== state.version) {
    state.version = version;
    state.isGraphOld = true;
    state.areWaitsOld = true;
    const lines = state.reader.log(state.line, UI_LOG_LINES_MAX);
    state.line = lines.at(-1)?.seq ?? state.line;
    feed.addLog(lines);
    state.changes += 1;
    feed.setChanged(state.changes);
  }
  if (state.isGraphOld && systemClock.monotonicMs() >= state.graphAtMs) {
    state.isGraphOld = false;
    state.graphAtMs = await timed(GRAPH_MS, () => feed.setGraph(readGraph(state.reader)));
  }
  if (state.areWaitsOld && systemClock.monotonicMs() >= state.waitsAtMs) {
    state.areWaitsOld = false;
    state.waitsAtMs = await timed(WAITS_MS, () => feed.setWaits(readPageWaits(state.waits)));
  }
}

/** Does the work, and returns when it may be done again. */
async function timed(leastMs: number, work: () => void | Promise<void>): Promise<number> {
  const beganMs = systemClock.monotonicMs();
  await work();
  const endMs = systemClock.monotonicMs();
  return endMs + Math.max(leastMs, REST_TIMES * (endMs - beganMs));
}

async function connect({ base, feed, state }: Look): Promise<void> {
  const nowMs = systemClock.monotonicMs();
  if (state.node !== undefined || nowMs < state.connectAtMs) return;
  state.connectAtMs = nowMs + CONNECT_MS;
  state.problem = undefined;
  const node = await quietly(state, () => connectNode(base));
  if (node === undefined) return;
  state.node = node;
  // A node that was stopped may have been given another database in the meantime.
  reopen({ base, feed, state });
  void node.gone.then(() => {
    if (state.node === node) state.node = undefined;
    state.connectAtMs = 0;
    state.statusAtMs = 0;
  });
}

function reopen({ base, feed, state }: Omit<Look, 'vat'>): void {
  const [reader, waits] = [openPageReader(base.database), openWaits(base.database)];
  state.reader.close();
  state.waits.close();
  Object.assign(state, { reader, waits });
  state.version = 0;
  const newest = reader.log(0, 1).at(-1)?.seq ?? 0;
  if (newest >= state.line) return;
  state.line = 0;
  feed.restartLog();
}

async function askTurns({ base, feed, state }: Look): Promise<void> {
  const reply = await ask<TurnsReply>(
    { base, state },
    {
      type: 'turns',
      after: state.turn,
      limit: TURNS_REMEMBERED_MAX,
    },
  );
  if (reply === undefined) return;
  const isNewLife = reply.since !== state.since;
  if (isNewLife && state.turn > 0) {
    // The number that was asked from counts in a life that is over.
    state.since = reply.since;
    state.turn = 0;
    return;
  }
  state.since = reply.since;
  const missed = Math.max(0, (reply.turns[0]?.seq ?? 0) - state.turn - 1);
  state.turn = reply.turns.at(-1)?.seq ?? state.turn;
  feed.addTurns(reply.turns, missed);
}

async function tellStatus({ base, feed, state, vat }: Look): Promise<void> {
  const status = await ask<StatusReply>({ base, state }, { type: 'status' });
  const { problem, node, reader } = state;
  const nowMs = systemClock.nowMs();
  const head: StatusHead = { dir: base.dir, vat, version: readVersion(), nowMs };
  if (status === undefined || node === undefined) {
    feed.setStatus(presentStopped(problem === undefined ? head : { ...head, problem }, reader));
  } else {
    feed.setStatus(presentRunning(head, { status, hello: node.hello }));
  }
}

/** Asks the node, if it runs; one that does not answer is let go, and said to be silent. */
async function ask<T>(
  { base, state }: Pick<Look, 'base' | 'state'>,
  request: NodeRequest,
): Promise<T | undefined> {
  const { node } = state;
  if (node === undefined) return undefined;
  const abort = new AbortController();
  const late = delay(UI_REPLY_MS_MAX, undefined, { signal: abort.signal }).then(() => {
    const reason = `no reply within ${UI_REPLY_MS_MAX / 1_000} s`;
    throw new QrtError('QRT_NODE_SILENT', { dir: base.dir, reason });
  });
  const value = await quietly(state, () => Promise.race([node.ask(request), late]));
  abort.abort();
  if (value === undefined) {
    node.close();
    if (state.node === node) state.node = undefined;
  }
  return value as T | undefined;
}

/** What a node that starts, stops or hangs throws is shown on the page: it is no end of it. */
async function quietly<T>(state: State, body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    const isExpected = isQrtError(error) && error.kind !== 'corrupt';
    if (!isExpected) throw error;
    state.problem = error.message;
    return undefined;
  }
}
