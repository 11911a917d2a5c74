// Turn limits: the bounds of one turn that its worker keeps and the kernel checks.
//
// Both sides have the same values: a worker gets them before its first turn, and one whose outcome
// goes beyond is broken. They are part of what decides a turn, and so the same each time it runs.

import {
  CALL_DEPTH_MAX,
  CODE_BYTES_MAX,
  MEMORY_BYTES_MAX,
  OUTCOME_BYTES_MAX,
  POWER_BYTES_MAX,
  TURN_LOGS_MAX,
  TURN_OBJECTS_MAX,
  TURN_SENDS_MAX,
} from './limits.ts';

/** What one turn may do and make. */
export interface TurnLimits {
  /** Bytes of a code text given to `make_object`. */
  readonly codeBytes: number;
  /** Bytes of the static part of a power. */
  readonly powerBytes: number;
  /** Bytes of one memory value. */
  readonly memoryBytes: number;
  readonly turnSends: number;
  readonly turnObjects: number;
  readonly turnLogLines: number;
  /** Nested immediate calls. */
  readonly callDepth: number;
  /** Bytes of everything that the turn wants to have happened. */
  readonly outcomeBytes: number;
}

/** What a vat has unless its operator chose otherwise. */
export const DEFAULT_TURN_LIMITS: TurnLimits = Object.freeze({
  codeBytes: CODE_BYTES_MAX,
  powerBytes: POWER_BYTES_MAX,
  memoryBytes: MEMORY_BYTES_MAX,
  turnSends: TURN_SENDS_MAX,
  turnObjects: TURN_OBJECTS_MAX,
  turnLogLines: TURN_LOGS_MAX,
  callDepth: CALL_DEPTH_MAX,
  outcomeBytes: OUTCOME_BYTES_MAX,
});

const NAMES = Object.keys(DEFAULT_TURN_LIMITS) as (keyof TurnLimits)[];

/** Those of a turn among the limits of a node. */
export function pickTurnLimits(limits: TurnLimits): TurnLimits {
  return Object.freeze(
    Object.fromEntries(NAMES.map((name) => [name, limits[name]])) as unknown as TurnLimits,
  );
}
