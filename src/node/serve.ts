// Serve: one running node, put together from its vat and the four ways in and out.
//
// Every input goes through the vat's loop, one at a time; every output is handed to the adapter
// that it is for. Nothing here decides anything about messages.

import { unreachable } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import { NODE_STOP_MS_MAX } from '../core/limits.ts';
import type { RequiredSandbox, SandboxReport } from '../core/sandbox.ts';
import type { VatOutput } from '../kernel/ports.ts';
import { startListener } from '../transport/listener.ts';
import { makePoster } from '../transport/poster.ts';
import { makeWorkerHost } from '../worker/host.ts';
import { workerSettings } from '../worker/settings.ts';
import type { BaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { arePrivatePeersAllowed, limitsOf, type NodeConfig, urlsOf } from './config.ts';
import { serveControl } from './control-server.ts';
import { type Desk, makeDesk } from './desk.ts';
import type { Note } from './node-log.ts';
import { openNodeVat } from './node-vat.ts';
import { readVersion } from './program.ts';
import { findRequired } from './required-sandbox.ts';
import { judgeTaken } from './twin.ts';
import { makeVatLoop } from './vat-loop.ts';

export interface ServeInput {
  readonly base: BaseDir;
  readonly config: NodeConfig;
  /** Beside what the configuration requires. */
  readonly requireSandbox?: RequiredSandbox | undefined;
  /** Each turn is run twice, in two processes, before it counts. */
  readonly isParanoid: boolean;
  /** Peers may be at addresses that are not public, whatever the configuration says. */
  readonly allowPrivatePeers?: boolean | undefined;
  /** Whether other vats can reach it; unless told otherwise they can. */
  readonly isListening?: boolean;
  readonly note: (note: Note) => void;
  /** The operator asked for the end over the control socket. */
  readonly onStop: () => void;
  /** The store failed: the process has to end at once. */
  readonly onFatal: (error: unknown) => void;
}

/** A node that is being served. */
export interface ServedNode {
  readonly vat: VatId;
  /** Of its listener, if it has one. */
  readonly port: number | undefined;
  readonly urls: readonly string[];
  /** What stands around its workers, all of them. */
  readonly sandbox: SandboxReport;
  /** Asks it from within this process. */
  readonly desk: Desk;
  /** Lets the turns in flight end, within bounds, and closes everything but the desk. */
  stop(): Promise<void>;
  /** Closes everything but the desk, at once, as after `onFatal`. */
  drop(): Promise<void>;
}

/** Serves a node. The caller MUST hold its lock, and release it only after `stop`. */
export async function serveNode(input: ServeInput): Promise<ServedNode> {
  const { base, config, note, isParanoid, onStop, onFatal } = input;
  const { vat } = config;
  const allowPrivate = input.allowPrivatePeers === true || arePrivatePeersAllowed(config);
  const desk = makeDesk((ticket, request) => loop.give({ type: 'control', ticket, request }));
  const exits = makeExits(desk);
  // Before anything is touched: a node that may not start has done nothing.
  const sandbox = await findRequired(config.requireSandbox, input.requireSandbox);
  const tls = input.isListening === false ? undefined : await openTls({ base, config, note });
  let onStopped = (): void => {};
  const loop = makeVatLoop({
    openVat: openNodeVat({ base, config, isServing: true }),
    route: (output) =>
      output.type === 'stopped' ? onStopped() : routeOutput({ output, exits, note }),
    meter: (worker) => exits.host?.meter(worker),
    clock: systemClock,
    dir: base.dir,
    onFatal,
  });
  const closers: (() => Promise<void> | void)[] = [() => loop.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const onInput = loop.give;
    const onNote = (text: string): void => note({ level: 'warn', text });
    note({ level: sandbox.report.level === 'full' ? 'info' : 'warn', text: sandbox.report.line });
    const limits = limitsOf(config);
    const host = makeWorkerHost({
      onInput,
      sandbox,
      isParanoid,
      onNote,
      settings: workerSettings(limits),
      spare: { idleMsMax: limits.workerIdleMs },
    });
    exits.host = host;
    closers.push(() => host.close());
    const poster = makePoster({ onInput, allowPrivate });
    exits.poster = poster;
    closers.push(() => poster.close());
    if (input.isListening !== false) {
      const { host: at, port, trustedProxies } = config;
      const place = { host: at, port, vat, configPath: base.config, version: readVersion() };
      const more = { trustedProxies, tls: tls?.identity };
      const listener = await startListener({ ...place, ...more, onInput });
      exits.listener = listener;
      closers.push(listener.close);
      if (tls) closers.push(tls.watch(listener.renew));
    }
    const control = await serveControl({
      base,
      vat,
      workerPids: () => host.pids(),
      sparePid: () => host.sparePid(),
      sandbox: sandbox.report,
      allowPrivatePeers: allowPrivate,
      onRequest: (ticket, request) => loop.give({ type: 'control', ticket, request }),
      onGone: (ticket) => loop.give({ type: 'control-gone', ticket }),
      onStop,
    });
    exits.control = control;
    closers.push(() => control.close());
    loop.give({ type: 'tick' });

    const stop = async (): Promise<void> => {
      const stopped = new Promise<void>((resolve) => {
        onStopped = resolve;
        setTimeout(resolve, NODE_STOP_MS_MAX).unref();
      });
      loop.give({ type: 'stop' });
      await stopped;
      await closeAll();
    };
    const told = { vat, urls: urlsOf(config), sandbox: sandbox.report };
    return Object.freeze({ ...told, port: exits.listener?.port, desk, stop, drop: closeAll });
  } catch (error) {
    await closeAll();
    throw await judgeTaken(error, { base, config });
  }
}

/** What a node needs that speaks TLS by itself; most do not, and never load it. */
async function openTls({ base, config, note }: Pick<ServeInput, 'base' | 'config' | 'note'>) {
  const { tls: files } = config;
  if (files === undefined) return undefined;
  const { readTls, watchTls } = await import('./tls-files.ts');
  const identity = readTls({ base, files });
  const watch = (onRenewed: (next: typeof identity) => void) =>
    watchTls({ base, files, identity, onRenewed, note });
  return { identity, watch };
}

/** The adapters, as far as they exist already. */
interface Exits {
  readonly desk: Desk;
  host: ReturnType<typeof makeWorkerHost> | undefined;
  poster: ReturnType<typeof makePoster> | undefined;
  listener: Awaited<ReturnType<typeof startListener>> | undefined;
  control: Awaited<ReturnType<typeof serveControl>> | undefined;
}

const makeExits = (desk: Desk): Exits => ({
  desk,
  host: undefined,
  poster: undefined,
  listener: undefined,
  control: undefined,
});

interface RouteInput {
  readonly output: Exclude<VatOutput, { type: 'stopped' }>;
  readonly exits: Exits;
  readonly note: (note: Note) => void;
}

function routeOutput({ output, exits, note }: RouteInput): void {
  switch (output.type) {
    case 'reply':
      exits.listener?.reply(output);
      break;
    case 'control-reply':
      if (!exits.desk.reply(output.ticket, output.reply)) {
        exits.control?.reply(output.ticket, output.reply);
      }
      break;
    case 'post':
      exits.poster?.post(output);
      break;
    case 'fetch-contact':
      exits.poster?.fetchContact(output);
      break;
    case 'worker-start':
      exits.host?.start(output.worker);
      break;
    case 'worker-frame':
      exits.host?.send(output.worker, output.frame);
      break;
    case 'worker-kill':
      exits.host?.kill(output.worker, output.reason);
      break;
    case 'note':
      note({ level: output.level, text: output.text });
      break;
    default:
      unreachable(output);
  }
}
