// Sandbox report: what people are told of the second wall that was found, and how to get a better.

import { existsSync, readFileSync } from 'node:fs';
import type { SandboxLevel, SandboxReport } from '../core/sandbox.ts';

/** A level that does not hold here. */
export interface Refusal {
  readonly level: SandboxLevel;
  readonly reason: string;
}

export interface ReportInput {
  readonly level: SandboxLevel;
  readonly open: readonly string[];
  /** Of the better levels, best first. */
  readonly refusals: readonly Refusal[];
  readonly facts: MachineFacts;
}

/** What decides how a better level can be had. */
export interface MachineFacts {
  readonly isLinux: boolean;
  readonly hasBubblewrap: boolean;
  readonly isContainer: boolean;
  /** Settings of Linux by name, where there are such. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What stays open below `full` and no attempt can show. */
const CALLS = "every call of the system's kernel";

/** Writes it down. */
export function writeReport({ level, open, refusals, facts }: ReportInput): SandboxReport {
  const words: Record<SandboxLevel, string> = {
    full: 'file system, network and processes of this machine are hidden, calls are filtered',
    spaces: 'file system, network and processes of this machine are hidden',
    none: 'a process of its own and nothing more',
  };
  const base = `sandbox of workers: ${level} (${words[level]})`;
  if (level === 'full') return Object.freeze({ level, open, line: base });
  const all = [...open, CALLS];
  const reason = refusals[0]?.reason ?? 'no better one was asked for';
  const advice = refusals.length === 0 ? undefined : adviseOn(facts);
  const line = [
    base,
    `no better one because: ${reason}`,
    `code that breaks out of the first wall is not stopped from: ${all.join(', ')}`,
    ...(advice === undefined ? [] : [advice]),
  ].join('; ');
  return Object.freeze({ level, open: all, reason, ...(advice !== undefined && { advice }), line });
}

const SETTINGS: Readonly<Record<string, { path: string; isBad: (value: string) => boolean }>> = {
  'kernel.unprivileged_userns_clone': {
    path: '/proc/sys/kernel/unprivileged_userns_clone',
    isBad: (value) => value === '0',
  },
  'user.max_user_namespaces': {
    path: '/proc/sys/user/max_user_namespaces',
    isBad: (value) => value === '0',
  },
  'kernel.apparmor_restrict_unprivileged_userns': {
    path: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    isBad: (value) => value !== '0',
  },
};

/** How to get a better level on a machine. */
function adviseOn({ isLinux, hasBubblewrap, isContainer, settings }: MachineFacts): string {
  const isBad = (name: string): boolean => {
    const value = settings[name];
    return value !== undefined && SETTINGS[name]?.isBad(value) === true;
  };
  if (!isLinux) return 'run nodes that shall hold code of strangers on Linux';
  if (!hasBubblewrap) {
    return 'install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`; Alpine: `apk add bubblewrap`)';
  }
  if (isContainer) {
    return 'let this container make user namespaces (Docker: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or a seccomp profile that allows clone, unshare, mount, umount2 and pivot_root)';
  }
  if (isBad('kernel.unprivileged_userns_clone')) {
    return 'allow user namespaces: `sysctl -w kernel.unprivileged_userns_clone=1`';
  }
  if (isBad('user.max_user_namespaces')) {
    return 'allow user namespaces: `sysctl -w user.max_user_namespaces=15000`';
  }
  if (isBad('kernel.apparmor_restrict_unprivileged_userns')) {
    return 'let AppArmor allow bubblewrap user namespaces: write `abi <abi/4.0>, profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }` to /etc/apparmor.d/bwrap and run `apparmor_parser -r /etc/apparmor.d/bwrap`';
  }
  return 'run `qrt doctor` after a change: bubblewrap is there and does not hold';
}

/** Reads them from this machine. */
export function readFacts(hasBubblewrap: boolean): MachineFacts {
  const settings: Record<string, string> = {};
  for (const [name, { path }] of Object.entries(SETTINGS)) {
    if (existsSync(path)) settings[name] = readFileSync(path, 'latin1').trim();
  }
  return {
    isLinux: process.platform === 'linux',
    hasBubblewrap,
    isContainer: ['/.dockerenv', '/run/.containerenv'].some((path) => existsSync(path)),
    settings,
  };
}
