// Command lines: what a person may type after `qrt`, mutated, in processes of their own. Each ends with
// an exit code of the list, says what was wrong in words with a code, and shows no stack.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pick } from '../../sim/random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { must, type Random, type Target } from '../target.ts';
import { QRIDS } from '../valid.ts';

const QRT = fileURLToPath(new URL('../../../bin/qrt', import.meta.url));
const OUTPUT_MAX = 1_000_000;
/** 70 is damage or a fault of qrt: neither is what a person can type. */
const EXIT_CODES = [0, 1, 2, 3, 69, 75, 124];

/** Lines that start nothing which stays; NODE is a node that does not run. */
const LINES: readonly (readonly string[])[] = [
  ['create-node', 'NEW', '--port', '7001', '--url', 'https://vats.example.org/a'],
  ['status', 'NODE', '--json'],
  ['install', 'NODE', 'counter', '--grant', 'log', '--power', '{"a":[1]}', '--label', 'for Bob'],
  ['install', 'NODE', 'code.js', '--ref', `friend=${QRIDS[0]}`, '--id', 'one'],
  [
    'send',
    '-d',
    'NODE',
    QRIDS[1]!,
    '{"method":"record","value":1}',
    '--ref',
    `to[0].x=${QRIDS[0]}`,
  ],
  ['log', 'NODE', '-n', '10', '--level', 'link', '--since', '1h'],
  ['dump', 'NODE', 'memory', '--json'],
  ['qrid', 'new', 'NODE', 'o1.0', '--label', 'x'],
  ['qrid', 'list', 'NODE'],
  ['qrid', 'revoke', 'NODE', '0123abcd', '--links'],
  ['peer', 'list', 'NODE'],
  ['peer', 'name', 'NODE', '--', 'iojj3XQJ', 'bob'],
  ['peer', 'drop', 'NODE', 'iojj3XQJ'],
  ['delete', 'NODE', 'o9.0'],
  ['quarantine', 'NODE', '1', '--again'],
  ['promises', 'NODE', '--older', '1h', '--skip', '1', '--limit', '2'],
  ['gossip', 'NODE', 'NODE'],
  ['stop', 'NODE'],
  ['doubt', 'NODE', 'iojj3XQJ', '--resend', '1,3-5', '--discard', 'all'],
  ['backup', 'NODE', 'file'],
  ['restore', 'NODE/key', 'NEW'],
  ['verify', 'NODE', '--json'],
  ['start', 'nowhere', '--require-sandbox', 'full'],
  ['new', 'thing'],
  ['completion', 'bash'],
  ['help', 'limits'],
  ['version', '--json'],
];
const WORDS = [
  '',
  '-',
  '--',
  '-x',
  '--json',
  '--help',
  '=',
  'NODE',
  'nowhere',
  '{}',
  '[',
  '\u00e9\u202e',
  '-1',
  '1e9',
  '__proto__',
  'constructor',
];

export const COMMAND_LINES: Target = {
  name: 'command-line',
  cases: 15,
  casesShort: 3,
  kinds: ['refused'],
  async open(random) {
    const dir = mkdtempSync(join(tmpdir(), 'qrt-fuzz-'));
    await run(dir, ['create-node', 'NODE']);
    writeFileSync(join(dir, 'code.js'), '(args, power) => {}');
    return {
      async run(note) {
        const line = mutateLine(random, pick(random, LINES));
        note(JSON.stringify(line));
        const { code, out, errors } = await run(dir, line);
        must(EXIT_CODES.includes(code), () => `exit code ${code}: ${errors.slice(0, 500)}`);
        must(
          !/^\s+at .+:\d+/m.test(errors + out),
          () => `a stack is shown: ${errors.slice(0, 500)}`,
        );
        must(out.length + errors.length < OUTPUT_MAX, 'it says too much');
        const isCoded = /QRT_[A-Z_]+/.test(errors);
        must(code === 0 || isCoded, () => `exit code ${code} without an error code: ${errors}`);
        return code === 0 ? 'done' : 'refused';
      },
      close: () => rmSync(dir, { recursive: true }),
    };
  },
};

function mutateLine(random: Random, line: readonly string[]): readonly string[] {
  const words = [...line];
  do {
    const at = Math.floor(random() * words.length);
    const how = random();
    if (how < 0.2) words.splice(at, 1);
    else if (how < 0.4) words.splice(at, 0, pick(random, WORDS));
    else if (how < 0.55) words[at] = pick(random, pick(random, LINES));
    else if (how < 0.65) words.splice(at, 0, words[at] ?? '');
    else words[at] = mutateWord(random, words[at] ?? '');
  } while (random() < 0.4);
  // These leave the directory, or something that stays.
  const safe = words.map((word) => (/^(run|ui)$|^[/~]|\.\./.test(word) ? 'x' : word));
  return safe.includes('start') ? safe.map((word) => (word === 'NODE' ? 'nowhere' : word)) : safe;
}

/** No system passes on a zero byte, and names of files stay short. */
function mutateWord(random: Random, word: string): string {
  if (word.length < 2 || random() < 0.2) return pick(random, WORDS);
  const text = Buffer.from(mutateBytes(random, Buffer.from(word))).toString();
  return text.replaceAll('\u0000', '0').slice(0, 500);
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

function run(cwd: string, line: readonly string[]): Promise<Ran> {
  const { QRT_DIR: _, ...env } = process.env;
  const child = spawn(process.execPath, [QRT, ...line], {
    cwd,
    env: { ...env, NO_COLOR: '1', HOME: cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const [said, failed] = [Buffer.concat(out).toString(), Buffer.concat(errors).toString()];
      resolve({ code: code ?? -1, out: said, errors: failed });
    });
  });
}
