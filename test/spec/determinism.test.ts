// The same code, power, memory, args and readings give the same outcome, in any process and Node.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Kit, startKit } from '../guest/kit.ts';
import { makeProgram, PROGRAMS, SURVEY } from './surroundings.ts';

/** The program of another Node: `node scripts/other-node.mjs` gets one and says where it is. */
const OTHER = process.env['QRT_TEST_NODE'];

interface Sight {
  readonly outcome: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly survey: readonly string[];
}

async function look(options: Parameters<typeof startKit>[0]): Promise<Sight> {
  const kit = await startKit(options);
  const survey = await remember(kit, SURVEY);
  const program = await remember(kit, makeProgram(PROGRAMS));
  await kit.close();
  const { lines } = survey.values as { lines: readonly string[] };
  return { ...program, survey: lines };
}

async function remember(kit: Kit, code: string): Promise<Pick<Sight, 'outcome' | 'values'>> {
  const object = kit.install(code, { grants: ['make_object', 'log'] });
  const outcome = await kit.done(object, { n: 5, ref: { $: 0 } }, { slots: ['i1'] });
  return { outcome: JSON.stringify(outcome), values: kit.memory(object) as Sight['values'] };
}

/** How the engine keeps the stack of an error that is its own: empty, and seen only like this. */
const isStack = (line: string): boolean => /\bstack(=|<)/.test(line);

describe('the outcome of a turn', () => {
  it('Q14 is the same, byte by byte, in another process of another place and language', async () => {
    const here = await look({});
    expect(await look({})).toEqual(here);
    const env = { TZ: 'Asia/Tokyo', LC_ALL: 'de_DE.UTF-8', LANG: 'tr_TR.UTF-8' };
    expect(await look({ env })).toEqual(here);
    expect(await look({ env: {} })).toEqual(here);
    expect(here.survey.length).toBeGreaterThan(500);
  });

  it('Q14 is the same with every variable by which SES could be told otherwise', async () => {
    const env = {
      LOCKDOWN_ERROR_TAMING: 'unsafe',
      LOCKDOWN_ERROR_TRAPPING: 'report',
      LOCKDOWN_REPORTING: 'console',
      LOCKDOWN_UNHANDLED_REJECTION_TRAPPING: 'report',
      LOCKDOWN_REGEXP_TAMING: 'unsafe',
      LOCKDOWN_LOCALE_TAMING: 'unsafe',
      LOCKDOWN_CONSOLE_TAMING: 'unsafe',
      LOCKDOWN_OVERRIDE_TAMING: 'min',
      LOCKDOWN_STACK_FILTERING: 'verbose',
      LOCKDOWN_DOMAIN_TAMING: 'unsafe',
      LOCKDOWN_EVAL_TAMING: 'unsafe-eval',
      LOCKDOWN_OVERRIDE_DEBUG: 'constructor,toString',
      LOCKDOWN_LEGACY_REGENERATOR_RUNTIME_TAMING: 'unsafe-ignore',
      LOCKDOWN_HARDEN_TAMING: 'unsafe',
      COMPARTMENT_LOAD_ERRORS: 'verbose',
      DEBUG: 'true',
    };
    expect(await look({ env })).toEqual(await look({}));
  });

  it.skipIf(OTHER === undefined)('Q14 is the same, byte by byte, with another Node', async () => {
    const { stdout } = spawnSync(OTHER ?? '', ['--version']);
    expect(String(stdout)).toMatch(/^v\d+\./);
    expect(String(stdout).split('.')[0]).not.toBe(process.version.split('.')[0]);
    const [here, there] = [await look({}), await look({ node: OTHER ?? '' })];
    expect(there.values).toEqual(here.values);
    expect(there.outcome).toBe(here.outcome);
    const plain = (lines: readonly string[]) => lines.filter((line) => !isStack(line));
    expect(plain(there.survey)).toEqual(plain(here.survey));
  });
});
