// The process of `one-process.ts`: runs each command that it is told of, and tells what it wrote.
import { chdir, env, umask } from 'node:process';

const MAIN = new URL('../../dist/cli/main.js', import.meta.url);
const UMASK = umask();
/** What this command has written, in order. @type {[stream: 1 | 2, text: string][]} */
let written = [];
let count = 0;

/** @param {NodeJS.WriteStream} stream @param {1 | 2} number */
function catchOutput(stream, number) {
  stream.write = (/** @type {string | Uint8Array} */ text) => {
    written.push([number, String(text)]);
    return true;
  };
}
catchOutput(process.stdout, 1);
catchOutput(process.stderr, 2);

/** @param {{ id: number, cwd: string, args: string[] }} command */
async function run({ id, cwd, args }) {
  const before = { ...env };
  written = [];
  count += 1;
  process.argv = [process.execPath, 'qrt', ...args];
  process.exitCode = undefined;
  umask(UMASK);
  chdir(cwd);
  // Under another name each time: the file runs again, and what it imports is there already.
  await import(`${MAIN.href}?${count}`);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  // The directory may be removed next.
  chdir('/');
  if (JSON.stringify({ ...env }) !== JSON.stringify(before)) throw new Error('it changed env');
  process.send?.({ id, code, written });
}

process.on('message', run);
process.on('disconnect', () => process.exit());
