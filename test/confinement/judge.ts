// Judge: whether what came of an attack is what its table says, and nobody else took harm.

import type { Tried } from './lab.ts';
import { describe, type Expected, isAs, type Outcome } from './outcome.ts';

interface Judged {
  readonly expected: readonly Expected[];
}

/** What is wrong, in words; nothing if all is as expected. */
export function judge({ expected }: Judged, { outcomes, direct, harm }: Tried): readonly string[] {
  const wrong = outcomes.flatMap((outcome, call) => {
    const wanted = expected[Math.min(call, expected.length - 1)];
    if (wanted !== undefined && isAs(wanted, outcome)) return [];
    return [`call ${call + 1}: ${describe(outcome)}`];
  });
  const [first] = outcomes;
  const isOdd = first !== undefined && direct !== undefined && !isDirectAs(first, direct);
  return [...wrong, ...(isOdd ? [`by a message of its own: ${describe(direct)}`] : []), ...harm];
}

/** Codes of what cannot leave an object: a message of its own drops what the function returns. */
const OF_VALUES: readonly (string | undefined)[] = ['QRT_DATA_UNCARRIED', 'QRT_DATA_OVERSIZE'];

function isDirectAs(called: Outcome, direct: Outcome): boolean {
  if (called.kind === 'throws' && OF_VALUES.includes(called.code)) {
    return direct.kind === 'value' || direct.kind === 'throws';
  }
  return called.kind === direct.kind;
}
