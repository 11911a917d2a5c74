// Doctor, files: whether a node's directory is whole, closed to others, and in whose hands it is.

import type { X509Certificate } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { isQrtError } from '../core/errors.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { loadSealer } from '../crypto/key-file.ts';
import type { Sealer } from '../kernel/ports.ts';
import { hostOf } from '../transport/address-range.ts';
import { type BaseDir, findOpenModes, NODE_FILES } from './base-dir.ts';
import { formatTime } from './clock.ts';
import { type NodeConfig, urlsOf } from './config.ts';
import { connectNode, type RunningNode } from './control-client.ts';
import type { Hello } from './control-frames.ts';
import { type Finding, fail, ok, warn } from './doctor-check.ts';
import { readVersion } from './program.ts';

/** Whether all files are there and nobody else can read them. */
export function checkFiles(base: BaseDir): Finding {
  const missing = NODE_FILES.filter(
    (name) => statSync(join(base.dir, name), { throwIfNoEntry: false }) === undefined,
  );
  if (missing.length > 0) {
    const advice = 'Put it back from a copy of the whole directory, made while the node stood.';
    return fail(`missing: ${missing.join(', ')}`, advice);
  }
  const open = findOpenModes(base);
  if (open.length === 0) return ok(`all files are there; modes 700 and 600`);
  const found = open.map(({ details }) => `${details['path']} (mode ${details['mode']})`);
  const commands = open.map(({ details }) => `\`chmod ${details['wanted']} ${details['path']}\``);
  return fail(`others can get at ${found.join(', ')}`, `Run ${commands.join(', ')}.`);
}

/** Whether all files belong to the user who asks. */
export function checkOwner({ base, uid }: { base: BaseDir; uid: number }): Finding {
  const paths = [base.dir, ...readdirSync(base.dir).map((name) => join(base.dir, name))];
  // A file that has just gone is nobody's.
  const ownerOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.uid ?? uid;
  const others = paths.filter((path) => ownerOf(path) !== uid);
  if (others.length === 0) return ok(`all files belong to the user who asks (${uid})`);
  const owner = ownerOf(others[0] ?? base.dir);
  const advice =
    `Use qrt as the user that the node belongs to (${owner}); files that somebody else made in ` +
    `it are given back with \`chown -R OWNER ${base.dir}\`.`;
  // Root may do everything, and leaves files behind that the node itself cannot open.
  return (uid === 0 ? warn : fail)(`of user ${owner}, not ${uid}: ${others.join(', ')}`, advice);
}

/** What a valid configuration says. */
export function checkConfig(config: NodeConfig): Finding {
  const urls = urlsOf(config);
  const isLocal = urls.every((url) => /^https?:\/\/(localhost|127\.|\[::1\])/.test(url));
  const reach = isLocal ? ': only this machine reaches it' : '';
  const place = `listens on ${config.host}:${config.port}, known as ${urls.join(', ')}${reach}`;
  const chosen = Object.entries(config.limits ?? {}).map(([name, value]) => `${name} ${value}`);
  return ok(chosen.length === 0 ? place : `${place}; with limits ${chosen.join(', ')}`);
}

/** Whether the key is the one that the configuration names. Throws QRT_KEY_INVALID. */
export function checkKey({ base, config }: { base: BaseDir; config: NodeConfig }): Finding {
  const { vat } = readSealer(base);
  if (vat === config.vat) return ok(`the key of vat ${vat}`);
  return fail(
    `the key is that of vat ${vat}, the configuration names ${config.vat}`,
    `Put back the key that belongs to this database, or correct "vat" in ${base.config}.`,
  );
}

export function readSealer(base: BaseDir): Sealer {
  return loadSealer({ path: base.key, entropy: systemEntropy });
}

/** Who has the node: the process that runs it, or nobody. The caller closes `running`. */
export async function checkLock(
  base: BaseDir,
): Promise<{ finding: Finding; running: RunningNode | undefined }> {
  const running = await connectNode(base);
  if (running !== undefined) return { finding: judgeRunning(running.hello), running };
  const { acquireLock } = await import('../store/lock.ts');
  try {
    acquireLock({ path: base.lock, waitMs: LOCK_MS, dir: base.dir }).release();
  } catch (error) {
    if (!isQrtError(error, 'QRT_NODE_LOCKED')) throw error;
    const advice =
      `If it is not another command that is just ending, find it with \`fuser ${base.lock}\` ` +
      'and end it.';
    return { finding: fail('held by a process that does not answer', advice), running };
  }
  return { finding: ok('free: the node is stopped'), running };
}

const LOCK_MS = 500;

/** Whether the node that runs is the qrt that asks. */
export function judgeRunning({ pid, version }: Pick<Hello, 'pid' | 'version'>): Finding {
  const found = `held by the running node, process ${pid}`;
  const own = readVersion();
  if (version === own) return ok(found);
  return warn(
    `${found}, which is qrt ${version}; this is ${own}`,
    'Stop and start the node to bring it to this version.',
  );
}

/** Whether a node that speaks TLS by itself has a certificate that others take. */
export async function checkTls(base: BaseDir, config: NodeConfig): Promise<Finding> {
  const { tls: files } = config;
  if (files === undefined) return ok('none of its own');
  const { describeValidity, readTls } = await import('./tls-files.ts');
  const identity = readTls({ base, files });
  const { certificate } = identity;
  const key = resolve(base.dir, files.key);
  if ((statSync(key).mode & OTHERS) !== 0) {
    return fail(`everybody on this machine can read the key ${key}`, `Run \`chmod o= ${key}\`.`);
  }
  const renew = 'Renew it; a running node takes the new one within a minute.';
  const words = describeValidity(identity);
  if (words !== undefined) {
    const isValid = words.includes(' ends ');
    return (isValid ? warn : fail)(words, renew);
  }
  const hosts = urlsOf(config).map((url) => hostOf(new URL(url)));
  const other = hosts.filter((host) => !isNamedIn(certificate, host));
  const until = `valid until ${formatTime(Date.parse(certificate.validTo))}`;
  if (other.length === 0) return ok(`certificate for ${hosts.join(', ')}, ${until}`);
  const found = `the certificate does not name ${other.join(', ')}`;
  return warn(found, 'Peers refuse it there. Get one for that name, or change "urls".');
}

/** A group may have it: those who renew certificates are seldom the user of a node. */
const OTHERS = 0o007;

const isNamedIn = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
