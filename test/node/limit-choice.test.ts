// Limits that are chosen in `config.json`: each within its bounds, all of them fitting each other.

import { describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import {
  DEFAULT_LIMITS,
  makeLimits,
  NODE_LIMIT_NAMES,
  NODE_LIMITS,
  type NodeLimitName,
  type NodeLimits,
  WIRE_LIMITS,
} from '../../src/core/node-limits.ts';
import { readLimits } from '../../src/node/limit-choice.ts';

const read = (json: unknown) =>
  readLimits({
    json,
    fail: (reason) => new QrtError('QRT_CONFIG_INVALID', { path: 'config.json', reason }),
  });

const refusal = (json: unknown): string => {
  try {
    return `nothing: ${JSON.stringify(read(json))}`;
  } catch (error) {
    return (error as Error).message;
  }
};

/** What has to be chosen with one limit, so that it fits the others. */
function fitting(name: NodeLimitName, value: number): Partial<NodeLimits> {
  const small = { turnCpuMs: 100, codeBytes: 1_024, workerHeapMib: 32 };
  const bytes = { powerBytes: 1_024, memoryBytes: 1_024 };
  const large = { turnWallMs: 3_600_000, outcomeBytes: 8_388_608, codeInstallBytes: 1_048_576 };
  const data = { workerDataBytes: 16_000_000_000 };
  return { ...small, ...bytes, ...large, ...data, [name]: value };
}

describe('limits of a node', () => {
  it('have defaults within their bounds that fit each other', () => {
    for (const name of NODE_LIMIT_NAMES) {
      const { min, max, default: usual } = NODE_LIMITS[name];
      expect([name, min <= usual && usual <= max]).toEqual([name, true]);
    }
    expect(read({})).toEqual(DEFAULT_LIMITS);
    expect(read(DEFAULT_LIMITS)).toEqual(DEFAULT_LIMITS);
  });

  it.each(NODE_LIMIT_NAMES)('%s goes from its least to its most, and no further', (name) => {
    const { min, max, unit } = NODE_LIMITS[name];
    for (const value of [min, max]) {
      const chosen = fitting(name, value);
      expect(read(chosen)).toEqual(makeLimits(chosen));
    }
    const wanted = `"${name}" must be a whole number from ${min} to ${max} (${unit})`;
    for (const wrong of [min - 1, max + 1, min + 0.5, `${min}`, null, true, [min], -min - 1]) {
      expect(refusal(fitting(name, wrong as number))).toContain(wanted);
    }
  });

  it.each(Object.keys(WIRE_LIMITS))('%s belongs to the wire and cannot be chosen', (name) => {
    const said = refusal({ [name]: 1_000 });
    expect(said).toContain(`the field "${name}" belongs to the protocol between vats`);
  });

  it.each(['turnCpu', 'TURN_CPU_MS_MAX', '__proto__', 'toString'])('%s is none', (name) => {
    const said = refusal(JSON.parse(`{"${name}":1000}`));
    expect(said).toContain(`the field "${name}" is unknown; \`qrt help limits\` lists`);
  });

  it.each<[Partial<NodeLimits>, string]>([
    [
      { turnCpuMs: 40_000 },
      '"turnWallMs" must be at least 40,000 with "turnCpuMs" of 40,000, and is 30,000, the default',
    ],
    [{ turnWallMs: 1_000, turnCpuMs: 1_001 }, '"turnWallMs" must be at least 1,001'],
    [{ codeInstallBytes: 65_535 }, '"codeInstallBytes" must be at least 65,536'],
    [{ outcomeBytes: 2_097_151 }, '"outcomeBytes" must be at least 2,097,152'],
    [
      { memoryBytes: 4_194_304, outcomeBytes: 8_388_607 },
      '"outcomeBytes" must be at least 8,388,608',
    ],
    [
      { outcomeBytes: 1_048_576, memoryBytes: 1_024, powerBytes: 524_289 },
      '"outcomeBytes" must be at least 1,048,578 with "powerBytes" of 524,289',
    ],
    [{ workerHeapMib: 1_024 }, '"workerDataBytes" must be at least 1,273,741,824'],
  ])('%j does not fit: %s', (chosen, said) => {
    expect(refusal(chosen)).toContain(said);
  });

  it.each<Partial<NodeLimits>>([
    { turnWallMs: 40_000, turnCpuMs: 40_000 },
    { codeInstallBytes: 65_536 },
    { outcomeBytes: 2_097_152 },
    { memoryBytes: 4_194_304 },
    { outcomeBytes: 1_048_576, memoryBytes: 1_024, powerBytes: 524_288 },
    { workerHeapMib: 1_024, workerDataBytes: 1_273_741_824 },
  ])('%j fits, and not a bit more does', (chosen) => {
    expect(read(chosen)).toEqual(makeLimits(chosen));
  });
});
