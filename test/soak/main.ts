// Soak: three real nodes under load and kills for minutes or hours; fails on a message that is lost,
// doubled or out of order, and on what grows though the content does not: `npm run soak`.

import { parseArgs } from 'node:util';
import { LEAKS, type LeakName } from './leaks.ts';
import { formatResult } from './report.ts';
import { runSoak } from './run.ts';

const USAGE = `npm run soak -- [--minutes M] [--seed N] [--json]

Runs three nodes under load for so many minutes (2), kills their processes and cuts and disturbs the
ways between them, as the seed decides (one is drawn), and measures them whenever all is quiet.

  --minutes M   how long; at least 0.5
  --seed N      repeats what was drawn; not the moments at which processes are when it happens
  --plant LEAK  with a bug in the program that it has to find: ${Object.keys(LEAKS).join(', ')}
  --json        the report as JSON
`;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** As a shell says of a program that ended by SIGINT. */
const EXIT_ENDED = 130;
const SEED_MAX = 2 ** 31;
const MINUTES = { min: 0.5, max: 60 * 24 * 30 };

interface Choice {
  readonly seed: number;
  readonly minutes: number;
  readonly leak: LeakName | undefined;
  readonly isJson: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const choice = readChoice(args);
  if (choice === undefined) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const { seed, minutes, leak, isJson } = choice;
  const ending = new AbortController();
  let failure: unknown;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => ending.abort());
  }
  // The processes of the nodes must not outlive a fault of this one.
  process.on('uncaughtException', (error) => {
    failure ??= error;
    ending.abort();
  });
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  report(`soak: seed ${seed}, ${minutes} minutes`);
  try {
    const edits = leak && LEAKS[leak];
    const result = await runSoak({ seed, minutes, edits, report, signal: ending.signal });
    process.stdout.write(isJson ? `${JSON.stringify(result)}\n` : formatResult(result));
    return result.problems.length === 0 ? 0 : EXIT_FAILED;
  } catch (error) {
    // Whatever was under way failed because of the end, or not: it does not matter any more.
    if (failure !== undefined || !ending.signal.aborted) throw failure ?? error;
    report('soak: ended early; nothing was judged');
    return EXIT_ENDED;
  }
}

/** Undefined when what was typed is no choice. */
function readChoice(args: readonly string[]): Choice | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: text, seed: text, plant: text, json: { type: 'boolean', default: false } },
  });
  const minutes = Number(values.minutes ?? 2);
  const seed = Number(values.seed ?? 1 + (Date.now() % SEED_MAX));
  const leak = values.plant;
  const isFit =
    minutes >= MINUTES.min &&
    minutes <= MINUTES.max &&
    Number.isSafeInteger(seed) &&
    seed > 0 &&
    (leak === undefined || Object.hasOwn(LEAKS, leak));
  if (!isFit) return undefined;
  return { minutes, seed, leak: leak as LeakName | undefined, isJson: values.json };
}
