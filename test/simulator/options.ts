// Options: the command line of the simulator.

import { parseArgs } from 'node:util';
import { WORKLOAD_NAMES } from './casts.ts';

export const USAGE = `npm run sim -- [options]

Runs histories of vats from seeds, with everything going wrong, and checks that nothing is lost and
nothing happens twice. Past failures are run first, unless a seed is given.

  --seed N            the first seed; without it one is drawn
  --runs N            so many seeds, one after another; 1 with --seed, else 20
  --minutes M         instead of --runs: as many seeds as there is time for
  --vats N            vats in each run; without it each seed decides
  --actions N         actions of the workload in each round; without it each seed decides
  --workload NAME     ${WORKLOAD_NAMES.join(', ')}; without it each seed decides
  --paranoid          each turn is run twice, by two workers, and must come out the same
  --rewind            vats get older disks and doubles; without it some seeds have them
  --small-queues      queues that are soon full; without it some seeds have them
  --only-faults LIST  of the faults only these, separated by commas
  --keep-going        go on after a failure
  --json              the result as JSON
`;

export interface Options {
  readonly seed: number | undefined;
  readonly runs: number | undefined;
  readonly minutes: number | undefined;
  readonly vats: number | undefined;
  readonly actions: number | undefined;
  readonly workload: string | undefined;
  readonly onlyFaults: readonly string[] | undefined;
  readonly isParanoid: boolean;
  readonly isRewinding: boolean;
  readonly hasSmallQueues: boolean;
  readonly isGoingOn: boolean;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

const SEED_MAX = 2 ** 31;
const VATS_MAX = 20;

/** Throws with a line for people when something is no option or no number. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      minutes: { type: 'string' },
      vats: { type: 'string' },
      actions: { type: 'string' },
      workload: { type: 'string' },
      'only-faults': { type: 'string' },
      paranoid: { type: 'boolean', default: false },
      rewind: { type: 'boolean', default: false },
      'small-queues': { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { workload } = values;
  if (workload !== undefined && !WORKLOAD_NAMES.includes(workload)) {
    throw new TypeError(`--workload is one of ${WORKLOAD_NAMES.join(', ')}`);
  }
  return {
    seed: parseNumber('--seed', values.seed, { max: SEED_MAX }),
    runs: parseNumber('--runs', values.runs, { max: SEED_MAX }),
    minutes: parseNumber('--minutes', values.minutes, { max: 1e5, isWhole: false }),
    vats: parseNumber('--vats', values.vats, { max: VATS_MAX }),
    actions: parseNumber('--actions', values.actions, { max: SEED_MAX }),
    workload,
    onlyFaults: values['only-faults']?.split(',').filter(Boolean),
    isParanoid: values.paranoid,
    isRewinding: values.rewind,
    hasSmallQueues: values['small-queues'],
    isGoingOn: values['keep-going'],
    isJson: values.json,
    isHelp: values.help,
  };
}

function parseNumber(
  name: string,
  text: string | undefined,
  { max, isWhole = true }: { readonly max: number; readonly isWhole?: boolean },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const isFit = value > 0 && value <= max && (!isWhole || Number.isSafeInteger(value));
  if (!isFit) throw new TypeError(`${name} is a ${isWhole ? 'whole ' : ''}number from 1 to ${max}`);
  return value;
}
