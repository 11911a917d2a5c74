// Node log: what the operator of a process should know, one JSON object a line, bounded.
//
// This is not the vat's log (`qrt log`), whose lines are rows of turns. It never holds a secret.

import { closeSync, fstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { isDiskFull } from '../core/full-disk.ts';
import { NODE_LOG_BYTES_MAX } from '../core/limits.ts';
import { toJsonText } from '../core/shown-text.ts';
import type { Clock } from '../kernel/ports.ts';
import type { BaseDir } from './base-dir.ts';
import { formatTime } from './clock.ts';

/** One line for the operator. */
export interface Note {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** The open log file of a node. */
export interface NodeLog {
  /** Written before this returns. */
  write(note: Note): void;
  close(): void;
}

export interface NodeLogInput {
  readonly base: BaseDir;
  readonly clock: Clock;
  readonly bytesMax?: number;
}

const TAIL_BYTES = 8_192;

/** Opens the log of a node; at `bytesMax` the file is set aside and a new one begun. */
export function openNodeLog({ base, clock, bytesMax = NODE_LOG_BYTES_MAX }: NodeLogInput): NodeLog {
  const open = (): number => openSync(base.log, 'a', 0o600);
  let fd: number | undefined = open();

  return Object.freeze({
    write({ level, text }: Note): void {
      if (fd === undefined) return;
      try {
        writeSync(fd, `${toJsonText({ time: formatTime(clock.nowMs()), level, text })}\n`);
      } catch (error) {
        // A full disk must not end the node: it goes on by itself, and so does its log.
        if (!isDiskFull(error)) throw error;
        return;
      }
      if (fstatSync(fd).size < bytesMax) return;
      closeSync(fd);
      renameSync(base.log, base.oldLog);
      fd = open();
    },
    close(): void {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  });
}

/** The last lines of a node's log, for an error message. */
export function readLastLines({ base, lines }: { base: BaseDir; lines: number }): string {
  try {
    const bytes = readFileSync(base.log);
    const tail = bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)).toString('utf8');
    return tail.trimEnd().split('\n').slice(-lines).join('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
