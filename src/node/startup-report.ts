// Startup report: how a node in the background tells the command that started it what became of
// it, in one line of JSON on a pipe.

import { closeSync, writeSync } from 'node:fs';
import { type ErrorDetails, isErrorCode, QrtError } from '../core/errors.ts';
import type { ReadyNode } from './run.ts';

/** The number of the pipe in the new process. */
export const REPORT_FD = 3;

/** Reports that the node can be asked. */
export function reportReady(ready: ReadyNode): void {
  report({ ready });
}

/** Reports why the node cannot start. */
export function reportFailure(error: QrtError): void {
  report({ error: { code: error.code, message: error.message, details: error.details } });
}

function report(value: object): void {
  try {
    writeSync(REPORT_FD, `${JSON.stringify(value)}\n`);
    closeSync(REPORT_FD);
  } catch (error) {
    // The command that started this node has gone; the node goes on without it.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** Reads a report; undefined when the process ended without one. Throws the reported failure. */
export function parseReport(text: string): ReadyNode | undefined {
  if (!text.endsWith('\n')) return undefined;
  const report = JSON.parse(text) as { ready?: ReadyNode; error?: Failure };
  if (report.error === undefined) return report.ready;
  const { code, message, details } = report.error;
  if (!isErrorCode(code)) return undefined;
  const error = new QrtError(code, details);
  error.message = message;
  throw error;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: ErrorDetails;
}
