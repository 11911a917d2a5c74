// Preloaded by a test alone, it lets a node flush less than it should: `synchronous = NORMAL`.
// A test that finds nothing lost then is one that sees nothing.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

const STORE = '/store/open.js';

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith(STORE)) return loaded;
  const before = String(loaded.source);
  const source = before.replace("'synchronous = FULL'", "'synchronous = NORMAL'");
  if (source === before) throw new Error(`nothing to change in ${url}`);
  return { ...loaded, source };
}
