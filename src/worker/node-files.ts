// Node files: the shared libraries without which Node does not start, found by asking its loader.
//
// Where they lie differs from system to system, so nothing is guessed: glibc's loader lists them
// when a variable tells it to, and with another loader Node itself is asked what it has loaded.

import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** The libraries of the Node that runs this. */
export interface NodeFiles {
  /** Path of each inside, and where it lies. */
  readonly libraries: ReadonlyMap<string, string>;
  /** The directory of them in which the loader would not look by itself. */
  readonly path?: string;
}

const ASK_MS_MAX = 5_000;
const ASK_NODE = 'process.stdout.write(process.report.getReport().sharedObjects.join("\\n"))';
/** Where loaders look without being told; `$ORIGIN` and the list of `ldconfig` name others. */
const USUAL = /^\/(usr\/)?(local\/)?lib(32|64|x32)?(\/[a-z0-9_]+-linux-[a-z0-9_]+)?$/;
const MOVED = '/usr/lib/node';

/** Asks the loader. Rejects when neither it nor Node answers. */
export async function findNodeFiles(): Promise<NodeFiles> {
  return placeLibraries((await askLoader()) ?? (await askNode()));
}

/**
 * Where each stands inside. Those of unusual directories stand together in one of our own: a Node
 * in somebody's home would bring its path along, which is nobody's business in there.
 */
export function placeLibraries(paths: readonly string[], usual = USUAL): NodeFiles {
  // The loader itself is called by its path, which Node's file names.
  const isMoved = (path: string): boolean =>
    !usual.test(dirname(path)) && !basename(path).startsWith('ld-');
  const libraries = new Map(
    paths.map((path) => {
      const inside = isMoved(path) ? `${MOVED}/${basename(path)}` : path;
      return [inside, realpathSync(path)];
    }),
  );
  return { libraries, ...(paths.some(isMoved) && { path: MOVED }) };
}

/** Undefined where the loader is not glibc's: another one starts Node, which tells its version. */
export async function askLoader(): Promise<readonly string[] | undefined> {
  const text = await ask(['--version'], { LD_TRACE_LOADED_OBJECTS: '1' });
  return text.trim() === process.version ? undefined : parseTrace(text);
}

/** Node's own list of what it is linked with, a line each. */
export async function askNode(): Promise<readonly string[]> {
  const text = await ask(['-e', ASK_NODE], {});
  return [...new Set(text.split('\n').filter((path) => path.startsWith('/')))];
}

/** Lines such as `libm.so.6 => /lib/libm.so.6 (0x…)` and `/lib64/ld-linux.so.2 (0x…)`. */
export function parseTrace(text: string): readonly string[] {
  const paths = text.split('\n').flatMap((line) => {
    const [, named = '', found = named] = /^\s*(\S+)(?: => (\S+))? \(0x/.exec(line) ?? [];
    return [named, found];
  });
  return [...new Set(paths.filter((path) => path.startsWith('/')))];
}

function ask(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, timeout: ASK_MS_MAX, encoding: 'latin1' as const };
    execFile(process.execPath, args, options, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}
