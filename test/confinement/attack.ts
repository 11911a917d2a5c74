// Attack: runs each `*.js` of a folder in real nodes, at each level of the second wall.
//
//   npm run attack -- DIR [--level full|spaces|none|all] [--cpu MS]

import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SANDBOX_LEVELS, type SandboxLevel } from '../../src/core/sandbox.ts';
import { tryAll } from './arena.ts';
import { type AttackFile, readAttackFiles } from './attack-file.ts';
import { findLevels } from './levels.ts';

const SHORT_CPU_MS = 300;
const EXIT_MISTAKE = 2;

const HELP = `npm run attack -- DIR [--level full|spaces|none|all] [--cpu MS]

Tries each *.js of DIR on a real node, at each level of the sandbox that this machine has, and
prints for each \`name outcome pass\` or \`name outcome fail\`, then \`N passed, N failed\`. The exit
code is 0 if all passed, 1 if not, ${EXIT_MISTAKE} for a mistake in the command.

The first comment line of a file says what must come of the code below it:

  // refused      it is no code: \`qrt install\` refuses it
  // throws       its turn fails, also because its result is no data (NaN, a function...)
  // killed       it does not end, or uses up its memory: its message is quarantined
  // value JSON   it returns that

\`// throws | killed\` allows either. The code is one function, \`(args, power) => ...\`. Another object
of the same vat calls it with the args {} and the power of any new object, memory and make_object;
then it gets a message of its own, and is called again. After each file objects of other owners
must answer exactly, and the node must be the process that it was, or the file has failed.

  --level LEVEL  one level, or \`all\` that this machine has (the default)
  --cpu MS       CPU time of a turn that is expected to be killed (${SHORT_CPU_MS}); others have what any node
                 gives
`;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const asked = readOptions(argv);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n\n${HELP}`);
    return EXIT_MISTAKE;
  }
  if (asked.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const files = readAttackFiles(asked.dir);
  const tally = { passed: 0, failed: 0 };
  for (const found of await findLevels(asked.levels)) {
    const { level } = found;
    if ('reason' in found) {
      // Only a level that was asked for by its name is missed.
      if (asked.levels.length === 1) tally.failed += files.length;
      process.stdout.write(`level ${level}: not here: ${found.reason}\n`);
      continue;
    }
    process.stdout.write(`level ${level}:\n`);
    await runLevel({ files, level, cpuMs: asked.cpuMs, tally });
  }
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
}

interface LevelRun {
  readonly files: readonly AttackFile[];
  readonly level: SandboxLevel;
  readonly cpuMs: number;
  readonly tally: { passed: number; failed: number };
}

function runLevel({ files, level, cpuMs, tally }: LevelRun): Promise<void> {
  return tryAll(files, { level, shortCpuMs: cpuMs }, ({ name, outcome, faults }) => {
    const isPassed = faults.length === 0;
    tally[isPassed ? 'passed' : 'failed'] += 1;
    process.stdout.write(`${name} ${outcome} ${isPassed ? 'pass' : 'fail'}\n`);
    for (const fault of faults) process.stderr.write(`  ${name} at level ${level}: ${fault}\n`);
  });
}

interface Asked {
  readonly dir: string;
  readonly levels: readonly SandboxLevel[];
  readonly cpuMs: number;
  readonly help: boolean;
}

/** What was asked for, or what is wrong with it. */
function readOptions(argv: readonly string[]): Asked | string {
  const options = {
    level: { type: 'string', default: 'all' },
    cpu: { type: 'string', default: String(SHORT_CPU_MS) },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  let parsed: ReturnType<typeof parse>;
  const parse = () => parseArgs({ args: [...argv], options, allowPositionals: true });
  try {
    parsed = parse();
  } catch (error) {
    return (error as Error).message;
  }
  const { level, cpu, help } = parsed.values;
  const [dir, ...more] = parsed.positionals;
  const cpuMs = Number(cpu);
  const levels = SANDBOX_LEVELS.filter((each) => level === 'all' || level === each);
  if (help) return { dir: '', levels, cpuMs, help };
  if (dir === undefined || more.length > 0) return 'give one folder';
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return `${dir} is no folder`;
  if (levels.length === 0) return `there is no level ${level}`;
  if (!Number.isInteger(cpuMs) || cpuMs <= 0) return '--cpu must be a number of milliseconds';
  return { dir, levels, cpuMs, help };
}
