// Configuration: what an operator may change about a node, in its `config.json`.
//
// The vat's id stands there for people and for commands that only want to know whom they talk to;
// the key decides.

import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { QrtError } from '../core/errors.ts';
import { TRUSTED_PROXIES_MAX } from '../core/flood-limits.ts';
import { isVatUrl, parseVatId, type VatId } from '../core/ids.ts';
import { CONTACT_URLS_MAX } from '../core/limits.ts';
import { makeLimits, type NodeLimits } from '../core/node-limits.ts';
import { REQUIRED_SANDBOXES, type RequiredSandbox } from '../core/sandbox.ts';
import { hostOf, rangeOf } from '../transport/address-range.ts';
import { parseRange } from '../transport/client-address.ts';
import { LIMITS } from './limit-choice.ts';
import { FLAG, known, list, readAs, record, text, whole } from './schema.ts';
import type { TlsFiles } from './tls-files.ts';

/** A node's configuration. */
export interface NodeConfig {
  readonly vat: VatId;
  /** Where the node listens. */
  readonly host: string;
  readonly port: number;
  /** Where others reach it; by default `http://HOST:PORT`, or `https` if it speaks TLS. */
  readonly urls?: readonly string[];
  /** Limits that are not the default: `qrt help limits`. */
  readonly limits?: Partial<NodeLimits>;
  /** Addresses, or ranges like `10.0.0.0/8`, of proxies in front that say whom they speak for. */
  readonly trustedProxies?: readonly string[];
  /** The node speaks TLS by itself, with these. */
  readonly tls?: TlsFiles;
  /** The node starts only where workers get this wall or a better one. */
  readonly requireSandbox?: RequiredSandbox;
  /** Whether peers may be at addresses that are not public. */
  readonly allowPrivatePeers?: boolean;
}

const HOST_CHARACTERS_MAX = 253;
const PORT = { min: 1, max: 65_535 };
const PATH_CHARACTERS_MAX = 4_096;

/** Reads a configuration. Throws QRT_CONFIG_INVALID, which names the file and the field. */
export function readConfig(path: string): NodeConfig {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    throw new QrtError('QRT_CONFIG_INVALID', { path, reason }, error);
  }
  return parseConfig({ json, path });
}

/** Checks a configuration that comes from, or goes to, `path`. Throws QRT_CONFIG_INVALID. */
export function parseConfig({ json, path }: { json: unknown; path: string }): NodeConfig {
  const fail = (reason: string): QrtError => new QrtError('QRT_CONFIG_INVALID', { path, reason });
  const config = readAs({ json, schema: CONFIG, fail });
  const { host } = config;
  if (config.urls === undefined && !isVatUrl(defaultUrl(config))) {
    throw fail(`no URL follows from host ${host}: give "urls" (--url of create-node)`);
  }
  return config;
}

const URL_WORDS = 'http://HOST:PORT or https://HOST:PORT';
const asUrl = (value: unknown): string | undefined =>
  typeof value === 'string' && isVatUrl(value) ? value : undefined;

const asRange = (value: unknown): string | undefined =>
  typeof value === 'string' && parseRange(value) ? value : undefined;

function pemPath() {
  return text({ max: PATH_CHARACTERS_MAX, pattern: /^[^\0]+$/, wanted: 'the path of a PEM file' });
}

const CONFIG = record({
  vat: known(parseVatId, 'the id of a vat'),
  host: text({ max: HOST_CHARACTERS_MAX, pattern: /./, wanted: 'a host name or address' }),
  port: whole(PORT),
  urls: v.exactOptional(
    v.pipe(
      list(known(asUrl, URL_WORDS), CONTACT_URLS_MAX),
      v.minLength(1, 'is empty: give one, or leave it out'),
    ),
  ),
  limits: v.exactOptional(LIMITS),
  trustedProxies: v.exactOptional(
    list(known(asRange, 'an address, or a range like 10.0.0.0/8'), TRUSTED_PROXIES_MAX),
  ),
  tls: v.exactOptional(record({ certificate: pemPath(), key: pemPath() })),
  requireSandbox: v.exactOptional(
    v.picklist(REQUIRED_SANDBOXES, 'must be "full" or "spaces", or left out'),
  ),
  allowPrivatePeers: v.exactOptional(FLAG),
});

/** The limits of the node: those that were chosen, and the defaults of all others. */
export function limitsOf({ limits = {} }: NodeConfig): NodeLimits {
  return makeLimits(limits);
}

/** A configuration as the text of its file. */
export function formatConfig(config: NodeConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The URLs under which others reach the node. */
export function urlsOf(config: NodeConfig): readonly string[] {
  return config.urls ?? [defaultUrl(config)];
}

/**
 * Whether peers may be at addresses that are not public. Unless the operator says so they may where
 * the node and its URLs are this machine's own: then nobody else can tell it where peers are.
 */
export function arePrivatePeersAllowed(config: NodeConfig): boolean {
  const { allowPrivatePeers, host } = config;
  if (allowPrivatePeers !== undefined) return allowPrivatePeers;
  const hosts = urlsOf(config).map((url) => hostOf(new URL(url)));
  return [host, ...hosts].every(isLoopback);
}

const isLoopback = (host: string): boolean => host === 'localhost' || rangeOf(host) === 'loopback';

/** Where this machine reaches the node: a host that means all addresses answers on its own. */
export function localUrl({ host, port, tls }: NodeConfig): string {
  const own = host === '0.0.0.0' || host === '*' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${schemeOf(tls)}://${inUrl(own)}:${port}`;
}

type ListensAt = Pick<NodeConfig, 'host' | 'port'> & { readonly tls?: unknown };

/** Hosts that mean "every address of this machine" lead nobody here. */
function defaultUrl({ host, port, tls }: ListensAt): string {
  const isOne = !['0.0.0.0', '::', '*'].includes(host);
  return isOne ? `${schemeOf(tls)}://${inUrl(host)}:${port}` : '';
}

const schemeOf = (tls: unknown): string => (tls === undefined ? 'http' : 'https');

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
