// Node files: the shared libraries without which Node does not start, found by asking its loader.
//
// Where they lie differs from system to system, so nothing is guessed: glibc's loader lists them
// when a variable tells it to, and with another loader Node itself is asked what it has loaded.

import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** The libraries of the Node that runs this. */
export interface NodeFiles {
  /** Path by which the loader asks for each, and where it lies. */
  readonly libraries: ReadonlyMap<string, string>;
  /** Directories of them in which the loader would not look by itself. */
  readonly path?: string;
}

const ASK_MS_MAX = 5_000;
const ASK_NODE = 'process.stdout.write(process.report.getReport().sharedObjects.join("\\n"))';
/** Where loaders look without being told; `$ORIGIN` and the list of `ldconfig` name others. */
const USUAL = /^\/(usr\/)?(local\/)?lib(32|64|x32)?(\/[a-z0-9_]+-linux-[a-z0-9_]+)?$/;

/** Asks the loader. Rejects when neither it nor Node answers. */
export async function findNodeFiles(): Promise<NodeFiles> {
  const paths = (await askLoader()) ?? (await askNode());
  const libraries = new Map(paths.map((path) => [path, realpathSync(path)]));
  const others = new Set(paths.map((path) => dirname(path)).filter((dir) => !USUAL.test(dir)));
  return { libraries, ...(others.size > 0 && { path: [...others].join(':') }) };
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
