// Time text: a moment as an operator writes it, `10m` for ten minutes ago or an ISO time.

import { QrtError } from '../core/errors.ts';
import { systemClock } from './clock.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const AGO = /^(\d{1,7})([smhd])$/;
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since 1970. Throws QRT_ARGUMENT_INVALID. */
export function parseTime(text: string, nowMs: number = systemClock.nowMs()): number {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  const timeMs = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  const reason = 'give 90s, 10m, 2h, 3d, or a time such as 2026-01-31T12:00Z';
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: `Time ${text}`, reason });
}
