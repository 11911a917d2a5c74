// Take node: a node that this process has to itself, from its lock to its own log, not served yet.

import { QrtError } from '../core/errors.ts';
import { assertModes, type BaseDir, openBaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { type NodeConfig, readConfig } from './config.ts';
import { holdNode } from './hold.ts';
import { type NodeLog, type Note, openNodeLog } from './node-log.ts';

export interface TakeInput {
  readonly dir: string;
  /** Called for each line of the node's own log, after it was written. */
  readonly onNote: (note: Note) => void;
}

/** A node whose lock is held. */
export interface TakenNode {
  readonly base: BaseDir;
  readonly config: NodeConfig;
  readonly log: NodeLog;
  readonly note: (note: Note) => void;
  /** The last thing to do with it. */
  release(): void;
}

/** Throws QRT_NODE_MISSING, QRT_NODE_RUNNING, QRT_NODE_LOCKED, QRT_MODE_OPEN, QRT_CONFIG_INVALID. */
export async function takeNode({ dir, onNote }: TakeInput): Promise<TakenNode> {
  const base = openBaseDir(dir);
  const { running, lock } = await holdNode(base);
  if (running !== undefined) {
    running.close();
    throw new QrtError('QRT_NODE_RUNNING', { dir, pid: running.hello.pid });
  }
  try {
    assertModes(base);
    const config = readConfig(base.config);
    const log = openNodeLog({ base, clock: systemClock });
    return Object.freeze({
      base,
      config,
      log,
      note(line: Note) {
        log.write(line);
        onNote(line);
      },
      release() {
        log.close();
        lock.release();
      },
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}
