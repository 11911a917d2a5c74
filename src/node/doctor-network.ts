// Doctor, network: whether a node can be reached where it says, and can reach its peers.

import { DOCTOR_FETCHES_MS_MAX, DOCTOR_LINKS_MAX } from '../core/doctor-limits.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import type { Sealer } from '../kernel/ports.ts';
import type { ExaminedLink } from '../store/examine.ts';
import type { BaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { localUrl, type NodeConfig, urlsOf } from './config.ts';
import { probeContacts } from './contact-probe.ts';
import { type Check, type Finding, fail, ok, warn } from './doctor-check.ts';
import { tryPort } from './free-port.ts';

export interface NetworkInput {
  readonly base: BaseDir;
  readonly config: NodeConfig;
  readonly sealer: Pick<Sealer, 'verify'>;
  readonly isRunning: boolean;
  /** Whether peers may be at addresses that are not public. */
  readonly allowPrivate: boolean;
}

/** Stopped: whether the port is free. Running: whether the node's URLs lead to it. */
export function checkPort(input: NetworkInput): Promise<Finding> {
  return input.isRunning ? checkOwnUrls(input) : checkFreePort(input);
}

async function checkFreePort({ base, config: { host, port } }: NetworkInput): Promise<Finding> {
  try {
    await tryPort({ host, port });
    return ok(`${host}:${port} is free`);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const advice =
      code === 'EADDRINUSE'
        ? `Free it (\`ss -ltnp 'sport = :${port}'\` says who has it), or change "port" in ${base.config}.`
        : `Change "host" or "port" in ${base.config}.`;
    return fail(`${host}:${port} cannot be listened on: ${message}`, advice);
  }
}

async function checkOwnUrls({ base, config, sealer }: NetworkInput): Promise<Finding> {
  const { vat } = config;
  const local = localUrl(config);
  const others = urlsOf(config).filter((url) => url !== local || config.tls !== undefined);
  const probe = (some: readonly string[], areCertificatesChecked: boolean) => {
    const places = some.map((url) => ({ vat, url }));
    return probeContacts({ places, sealer, allowPrivate: true, areCertificatesChecked });
  };
  // The port itself first, whatever name its certificate has; then as everybody would come.
  const reasons = [...(await probe([local], false)), ...(await probe(others, true))];
  const urls = [local, ...others];
  const bad = urls.flatMap((url, index) => {
    const reason = reasons[index];
    return reason === undefined ? [] : [{ url, text: `${url}: ${reason}` }];
  });
  if (bad.length === 0) return ok(`${[...new Set(urls)].join(', ')}: this vat answers`);
  const found = bad.map(({ text }) => text).join('; ');
  if (reasons[0] !== undefined) {
    return fail(found, `Look into ${base.log}; stop and start the node.`);
  }
  return warn(
    found,
    'See that the proxy in front passes /qrt/ on to the port. If the URL leads here only from ' +
      'outside, try it from there.',
  );
}

export interface PeersInput extends Pick<NetworkInput, 'sealer' | 'isRunning' | 'allowPrivate'> {
  readonly links: readonly ExaminedLink[];
  /** All links, also those that were left out. */
  readonly total: number;
  readonly nowMs?: number;
  /** How long all that is asked may take. */
  readonly totalMs?: number;
}

/** Every link that is not dropped: its state, whether its peer is there, what waits for it. */
export async function checkPeers(input: PeersInput): Promise<readonly Check[]> {
  const { links, total, sealer, allowPrivate, nowMs = systemClock.nowMs() } = input;
  const { totalMs = DOCTOR_FETCHES_MS_MAX } = input;
  const kept = links.filter(({ state }) => state !== 'dropped');
  if (kept.length === 0) return [{ check: 'peers', ...ok('there is no link yet') }];
  const places = listPlaces(kept);
  const reasons = await probeContacts({ places, sealer, allowPrivate, totalMs });
  const failuresOf = (link: ExaminedLink): readonly (string | undefined)[] =>
    reasons.filter((_, index) => places[index]?.vat === link.vat);
  const leftOut = places.length - reasons.length;
  const checks = kept.map((link) => ({
    check: `peer ${link.petname ?? link.vat.slice(0, VAT_CHARACTERS)}`,
    ...judgeLink({ link, failures: failuresOf(link), nowMs, isRunning: input.isRunning }),
  }));
  if (total > DOCTOR_LINKS_MAX) {
    const found = `${links.length} of ${total} links were looked at, those with work first`;
    checks.push({ check: 'peers', ...ok(found) });
  }
  if (leftOut > 0) {
    const found = `${leftOut} of ${places.length} URLs were not asked: all of them may take ${totalMs / 1_000} s together`;
    checks.push({ check: 'peers', ...ok(found) });
  }
  return checks;
}

/** The first URL of each link, then the second ones: a peer with many takes no other's time. */
function listPlaces(links: readonly ExaminedLink[]): { vat: VatId; url: string }[] {
  const most = Math.max(...links.map(({ urls }) => urls.length));
  return Array.from({ length: most }, (_, index) =>
    links.flatMap(({ vat, urls }) => {
      const url = urls[index];
      return url === undefined ? [] : [{ vat: vat as VatId, url }];
    }),
  ).flat();
}

/** Enough for `qrt peer` and `--peer` to know which one is meant. */
const VAT_CHARACTERS = 10;

export interface LinkInput {
  readonly link: ExaminedLink;
  /** For each URL that was asked why it was not reached; undefined where it was. */
  readonly failures: readonly (string | undefined)[];
  readonly nowMs: number;
  readonly isRunning: boolean;
}

/** How long an item may wait for a peer that can be reached before that is strange. */
const WAIT_MS_MAX = 60_000;

/** What is to be said of one link. */
export function judgeLink({ link, failures, nowMs, isRunning }: LinkInput): Finding {
  const { state, reason, urls, waiting, oldestMs } = link;
  if (state === 'doubt') {
    return fail(
      `in doubt: ${reason}. Nothing moves on this link`,
      'One of the two disks is older than the other one remembers, as after a restored copy. ' +
        'Bring the newer one back, or decide what is sent again; both ends then go on by themselves.',
    );
  }
  const ageMs = oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs);
  const items =
    waiting === 0 ? 'nothing waits' : `${waiting} wait, the oldest for ${seconds(ageMs)} s`;
  if (urls.length === 0) {
    return warn(`no URL is known; ${items}`, 'Run `qrt gossip` with a node that knows it.');
  }
  if (failures.length === 0) {
    return warn(`not asked for lack of time; ${items}`, 'See `error` of it in `qrt status`.');
  }
  if (failures.every((failure) => failure !== undefined)) {
    const tried = failures.map((failure, index) => `${urls[index]}: ${failure}`).join('; ');
    return warn(`not reached (${tried}); ${items}`, adviseUnreached(failures));
  }
  if (isRunning && ageMs > WAIT_MS_MAX) {
    return warn(`it answers, but ${items}`, 'See `busy` and `error` of this link in `qrt status`.');
  }
  return ok(`it answers; ${items}${waiting > 0 && !isRunning ? ' until this node starts' : ''}`);
}

/** What is refused here is no fault of the peer, or one that it does not know of. */
function adviseUnreached(failures: LinkInput['failures']): string {
  const isRefused = failures.some((failure) => failure?.startsWith(REFUSED));
  if (!isRefused) {
    return 'Ask its operator whether it runs and where. Messages stay queued and are tried again.';
  }
  return (
    'If the peer is meant to be there, start this node with `--allow-private-peers`, or set ' +
    '"allowPrivatePeers" in its config.json; else ask its operator for its public URL. Messages ' +
    'stay queued and are tried again.'
  );
}

const REFUSED: ErrorCode = 'QRT_ADDRESS_REFUSED';

const seconds = (ms: number): number => Math.round(ms / 1_000);
