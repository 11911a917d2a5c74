// Naive: measures whether an attack meets its goal in a sandbox made of `node:vm`.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What one attack came to in the naive sandbox. */
export interface Measured {
  readonly isMet: boolean;
  /** For people: what it returned, or how it ended. */
  readonly shown: string;
}

const CHILD = fileURLToPath(new URL('naive-child.cjs', import.meta.url));
const AT_ONCE = 3;
/** After which a call counts as one that does not end; the second on a machine with other work. */
const TIMEOUTS_MS = [250, 2_000];
/** What takes longer beside its timeouts has got around them. */
const END_MS = 4_000;
const HEAP_MIB = 64;

/** Measures each attack in a process of its own, in their order. */
export async function measureAll(attacks: readonly Measuring[]): Promise<readonly Measured[]> {
  const found: Measured[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < attacks.length; at = next++) {
      const attack = attacks[at];
      if (attack !== undefined) found[at] = await measureTwice(attack);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

interface Measuring {
  readonly code: string;
  readonly goal: string;
}

/** Once more with more time, if it did not get there: the machine may have been slow. */
async function measureTwice(attack: Measuring): Promise<Measured> {
  const [first = 0, second = 0] = TIMEOUTS_MS;
  const measured = await measure({ ...attack, timeoutMs: first });
  return measured.isMet ? measured : measure({ ...attack, timeoutMs: second });
}

function measure(attack: Measuring & { readonly timeoutMs: number }): Promise<Measured> {
  const flags = [`--max-old-space-size=${HEAP_MIB}`, '--unhandled-rejections=none'];
  const child = spawn(process.execPath, [...flags, CHILD], { stdio: ['pipe', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS + 4 * attack.timeoutMs);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  // It may be gone before it has read all of it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(attack));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const line = text.split('\n').find((each) => each.startsWith('{'));
      if (line === undefined) {
        // The process of the host ended: by the attack, or because it never let go of it.
        const isMet = /\bdied\b/.test(attack.goal);
        resolve({ isMet, shown: `the process ended by ${signal ?? code}` });
        return;
      }
      const { isMet, value, goalError } = JSON.parse(line) as Record<string, unknown>;
      const fault = goalError === undefined ? '' : ` (goal: ${goalError})`;
      resolve({ isMet: isMet === true, shown: `${value}${fault}` });
    });
  });
}
