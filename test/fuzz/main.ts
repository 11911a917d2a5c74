// Fuzz: session after session of all targets, or of one, from a seed upwards: `npm run fuzz`.
//
// A session depends on nothing but its seed, so the command that is printed repeats a failure.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FuzzFailure, readMemory, runSession } from './run-session.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

const MIB = 1024 * 1024;
/** What may stay reachable above what the first round left, whatever was fed since. */
const LEFT_MAX = 48 * MIB;
const PROGRESS_MS = 5_000;

interface Choice {
  readonly seed: number;
  readonly minutes: number;
  readonly targets: readonly Target[];
}

/** Undefined when what was typed is no choice. */
function readChoice(): Choice | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: text, minutes: text, target: text } });
  const [seed, minutes] = [
    Number(values.seed ?? Date.now() % 2 ** 31),
    Number(values.minutes ?? 1),
  ];
  const targets = TARGETS.filter(({ name }) => name === (values.target ?? name));
  if (!Number.isSafeInteger(seed) || !(minutes >= 0) || targets.length === 0) {
    const names = TARGETS.map(({ name }) => name).join(', ');
    say(`fuzz: give --seed N, --minutes M (0: one session of each), --target one of ${names}`);
    return undefined;
  }
  return { seed, minutes, targets };
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Returns whether every property held. */
async function fuzz({ seed: first, minutes, targets }: Choice): Promise<boolean> {
  const beganMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganMs) / 1000);
  const isOver = (): boolean => minutes > 0 && performance.now() - beganMs > minutes * 60_000;
  const counts = new Map<string, number>();
  let [cases, saidMs, left] = [0, beganMs, 0];
  say(`fuzz: ${targets.map(({ name }) => name).join(' ')}, from seed ${first}`);
  for (let seed = first; ; seed += 1) {
    for (const target of targets) {
      process.send?.(commandFor(target.name, seed));
      try {
        const result = await runSession(target, seed, { isOver });
        cases += result.cases;
        for (const [kind, count] of result.kinds) {
          const key = `${target.name}: ${kind}`;
          counts.set(key, (counts.get(key) ?? 0) + count);
        }
      } catch (error) {
        if (!(error instanceof FuzzFailure)) throw error;
        say(`\n${error.message}\ninput: ${error.input}\n`);
        say(`To repeat it: ${commandFor(target.name, seed)}`);
        return false;
      }
      if (performance.now() - saidMs > PROGRESS_MS) {
        saidMs = performance.now();
        say(`${seconds()} s, seed ${seed}, ${target.name}: ${cases} cases`);
      }
    }
    const memory = readMemory();
    if (seed === first) left = memory;
    else if (memory > left + LEFT_MAX) {
      say(`Memory grows: ${Math.round((memory - left) / MIB)} MiB are kept since the first round.`);
      return false;
    }
    if (minutes === 0 || isOver()) break;
  }
  const kept = Math.round((readMemory() - left) / MIB);
  for (const [key, count] of [...counts].sort()) say(`${String(count).padStart(9)}  ${key}`);
  say(
    `fuzz: ${cases} cases in ${seconds()} s, seeds from ${first}: all held; ${kept} MiB more kept`,
  );
  return true;
}

const commandFor = (target: string, seed: number): string =>
  `npm run fuzz -- --target ${target} --seed ${seed} --minutes 0`;

/** In a process of its own: one that ends by itself, as for want of memory, is a failure too. */
function supervise(): void {
  let command = '';
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2));
  child.on('message', (sent) => {
    command = String(sent);
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code === 0 ? 0 : 1;
    if (code !== 0 && code !== 1) say(`It ended by ${signal ?? code}. To repeat it: ${command}`);
  });
}

if (process.send === undefined) supervise();
else {
  const choice = readChoice();
  const isHeld = choice !== undefined && (await fuzz(choice));
  // A session that failed may still listen.
  process.exit(isHeld ? 0 : 1);
}
