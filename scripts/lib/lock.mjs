// A lock between processes of one checkout: held while any process named in it lives.
//
// Each holder is a numbered file; the highest number is the lock. A number is created at most
// once at the top (exclusive create), so of several processes that find a dead holder exactly one
// becomes its successor. The top file is never deleted, only marked as released: otherwise a
// slow reader could create a number that had been in use before.
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** @typedef {{ pid: number, start: string }} Holder */
/** @typedef {{ adopt(pid: number): void, release(): void }} Lock */

/**
 * Waits until the lock is ours.
 * @param {{ dir: string, onWait: (pid: number) => void }} options `dir` is the lock's own folder.
 * @returns {Promise<Lock>}
 */
export async function takeLock({ dir, onWait }) {
  mkdirSync(dir, { recursive: true });
  let saidSo = false;
  for (;;) {
    const top = topNumber(dir);
    const holder = readHolders(dir, top).find(isAlive);
    if (holder === undefined) {
      const number = top + 1;
      if (tryCreate(dir, number)) return heldLock(dir, number);
      continue;
    }
    if (!saidSo) onWait(holder.pid);
    saidSo = true;
    await sleep(POLL_MS);
  }
}

/**
 * @param {string} dir
 * @param {number} number
 * @returns {Lock}
 */
function heldLock(dir, number) {
  const holders = [holderOf(process.pid)];
  return {
    // A child that outlives us (we were killed, it was not) MUST keep the lock until it ends.
    adopt(pid) {
      holders.push(holderOf(pid));
      replaceHolders(dir, number, holders);
    },
    release() {
      replaceHolders(dir, number, []);
    },
  };
}

/**
 * @param {string} dir
 * @param {number} number
 */
function tryCreate(dir, number) {
  const draft = writeDraft(dir, [holderOf(process.pid)]);
  try {
    // A link, not a write: the file appears with its content or not at all.
    linkSync(draft, join(dir, String(number)));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
  // Our reading of the top may have been old: a number below the top was never the lock.
  const isTop = topNumber(dir) === number;
  const useless = isTop ? readdirSync(dir).filter((name) => isBelow(name, number)) : [`${number}`];
  for (const name of useless) rmSync(join(dir, name), { force: true });
  return isTop;
}

/**
 * @param {string} name
 * @param {number} number
 */
function isBelow(name, number) {
  return /^\d+$/.test(name) && Number(name) < number;
}

/** @param {string} dir */
function topNumber(dir) {
  const numbers = readdirSync(dir).filter((name) => /^\d+$/.test(name));
  return Math.max(0, ...numbers.map(Number));
}

/**
 * @param {string} dir
 * @param {number} number
 * @returns {Holder[]}
 */
function readHolders(dir, number) {
  if (number === 0) return [];
  let text;
  try {
    text = readFileSync(join(dir, String(number)), 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
    throw error;
  }
  return JSON.parse(text);
}

/**
 * @param {string} dir
 * @param {number} number
 * @param {Holder[]} holders
 */
function replaceHolders(dir, number, holders) {
  renameSync(writeDraft(dir, holders), join(dir, String(number)));
}

/**
 * @param {string} dir
 * @param {Holder[]} holders
 */
function writeDraft(dir, holders) {
  const draft = join(dir, `draft-${process.pid}`);
  writeFileSync(draft, JSON.stringify(holders));
  return draft;
}

/**
 * @param {number} pid
 * @returns {Holder}
 */
function holderOf(pid) {
  return { pid, start: startOf(pid) };
}

/**
 * When a process started, in the kernel's ticks: tells it from a later one with the same pid.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'ended' : (rest[18] ?? '');
  } catch {
    return ''; // No /proc here, or the process is gone: the pid alone must do.
  }
}

/** @param {Holder} holder */
function isAlive({ pid, start }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return startOf(pid) === start;
}
