// Configuration: what an operator may change about a node, in its `config.json`.
//
// The vat's id stands there for people and for commands that only want to know whom they talk to;
// the key decides.

import { readFileSync } from 'node:fs';
import { QrtError } from '../core/errors.ts';
import { isVatUrl, parseVatId, type VatId } from '../core/ids.ts';
import { CONTACT_URLS_MAX } from '../core/limits.ts';
import { asText, asWhole, readFields } from './fields.ts';

/** A node's configuration. */
export interface NodeConfig {
  readonly vat: VatId;
  /** Where the node listens. */
  readonly host: string;
  readonly port: number;
  /** Where others reach it; by default `http://HOST:PORT`. */
  readonly urls?: readonly string[];
}

const HOST_CHARACTERS_MAX = 253;
const PORT = { min: 1, max: 65_535 };

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
  const fields = readFields({ json, keys: ['vat', 'host', 'port', 'urls'], fail });
  const vat = fields.take('vat', parseVatId, 'the id of a vat');
  const host = fields.take('host', asText(HOST_CHARACTERS_MAX, /./), 'a host name or address');
  const port = fields.take('port', asWhole(PORT), 'a whole number from 1 to 65535');
  if (fields.has('urls')) {
    const urls = fields.list('urls', {
      max: CONTACT_URLS_MAX,
      readItem: ({ json: url, at }) => {
        if (typeof url === 'string' && isVatUrl(url)) return url;
        throw fail(`"${at}" must be http://HOST:PORT or https://HOST:PORT`);
      },
    });
    if (urls.length === 0) throw fail('"urls" is empty: give one, or leave it out');
    return { vat, host, port, urls };
  }
  if (!isVatUrl(defaultUrl({ host, port }))) {
    throw fail(`no URL follows from host ${host}: give "urls" (--url of create-node)`);
  }
  return { vat, host, port };
}

/** A configuration as the text of its file. */
export function formatConfig(config: NodeConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The URLs under which others reach the node. */
export function urlsOf(config: NodeConfig): readonly string[] {
  return config.urls ?? [defaultUrl(config)];
}

/** Where this machine reaches the node: a host that means all addresses answers on its own. */
export function localUrl({ host, port }: NodeConfig): string {
  const own = host === '0.0.0.0' || host === '*' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}`;
}

/** Hosts that mean "every address of this machine" lead nobody here. */
function defaultUrl({ host, port }: { host: string; port: number }): string {
  return ['0.0.0.0', '::', '*'].includes(host) ? '' : `http://${host}:${port}`;
}
