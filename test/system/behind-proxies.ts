// Behind proxies: nodes that others reach only through a faulty proxy each.

import { readFileSync } from 'node:fs';
import { type FaultyProxy, startFaultyProxy } from '../sim/faulty-proxy.ts';
import { makeRandom } from '../sim/random.ts';
import type { World } from './kit.ts';

interface Config {
  readonly vat: string;
  readonly host: string;
  readonly port: number;
}

export interface ProxiesOptions {
  readonly names: readonly string[];
  readonly seed: number;
  /** Limits of each node that are not the default. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** How long a request is held back at most, in milliseconds. */
const DELAY_MS_MAX = 100;

/** Makes nodes whose contact records name a proxy each, in order; there are no faults yet. */
export async function makeBehindProxies(
  world: World,
  { names, seed, limits }: ProxiesOptions,
): Promise<readonly FaultyProxy[]> {
  const configs: Config[] = [];
  for (const name of names) configs.push(await create(world, name));
  const proxies: FaultyProxy[] = [];
  for (const [at, name] of names.entries()) {
    const target = configs[at]!;
    const peer = configs[(at + 1) % configs.length]!;
    const proxy = await startFaultyProxy({
      target,
      cross: { ...peer, path: `/qrt/1/vat/${peer.vat}/box` },
      random: makeRandom(seed + at),
      faults: {},
      delayMsMax: DELAY_MS_MAX,
    });
    proxies.push(proxy);
    const config = { ...target, urls: [proxy.url], ...(limits && { limits }) };
    world.write(`${name}/config.json`, JSON.stringify(config));
  }
  return proxies;
}

async function create(world: World, name: string): Promise<Config> {
  await world.ok(['create-node', name]);
  return JSON.parse(readFileSync(world.path(name, 'config.json'), 'utf8')) as Config;
}
