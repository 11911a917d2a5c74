// Level bubblewrap: the walls that make up `full` and `spaces`, each by its name.
//
// A worker sees an empty read-only root with Node, its libraries and its one program, stands in
// namespaces of its own without any right, and ends with bubblewrap, which ends with us.

import {
  FILTER_FD,
  type LaunchCommand,
  type LaunchParts,
  makeLimits,
  makeNodeFlags,
} from './sandbox.ts';

/** What stands around a worker; tests take one away and look for the hole. */
export type Wall =
  | 'limits'
  | 'net'
  | 'processes'
  | 'name'
  | 'user'
  | 'no more users'
  | 'capabilities'
  | 'environment'
  | 'read-only root'
  | 'death with parent'
  | 'filter';

/** What this machine has for it. */
export interface BubblewrapTools {
  readonly bubblewrap: string;
  /** Node's file outside. */
  readonly node: string;
  /** Path of each library inside, and where it lies outside. */
  readonly libraries: ReadonlyMap<string, string>;
  /** A directory in which the loader would not look by itself. */
  readonly librariesPath?: string;
  /** Whether it knows `--disable-userns`, as 0.8 does. */
  readonly canDisableUsers: boolean;
  /** Absent where the filter is not for this processor. */
  readonly filter?: Uint8Array;
}

/** Where Node and the program stand inside. */
const NODE = '/node';
export const PROGRAM = '/program.cjs';
/** The name of the machine, inside. */
const NAME = 'worker';
/** What systems call nobody; another one where the node itself is run as that. */
const NOBODY = process.getuid?.() === 65_534 ? '65533' : '65534';

/** The command of a worker behind all walls but those in `without`. */
export function makeBubblewrapCommand(
  { program, settings, instead }: LaunchParts,
  tools: BubblewrapTools,
  without: ReadonlySet<Wall> = new Set(),
): LaunchCommand {
  const { bubblewrap, filter, libraries } = tools;
  const has = (wall: Wall): boolean => !without.has(wall);
  const isFiltered = filter !== undefined && has('filter');
  const bind = (inside: string, outside: string): readonly string[] => [
    has('read-only root') ? '--ro-bind' : '--bind',
    outside,
    inside,
  ];
  return {
    argv: [
      ...(has('limits') ? makeLimits(settings) : []),
      bubblewrap,
      ...['--unshare-user', '--unshare-ipc', '--unshare-cgroup-try'],
      ...(has('name') ? ['--unshare-uts', '--hostname', NAME] : []),
      ...(has('processes') ? ['--unshare-pid', '--as-pid-1'] : []),
      ...(has('net') ? ['--unshare-net'] : []),
      ...(has('user') ? ['--uid', NOBODY, '--gid', NOBODY] : []),
      ...(has('no more users') && tools.canDisableUsers ? ['--disable-userns'] : []),
      ...(has('capabilities') ? ['--cap-drop', 'ALL'] : ['--cap-add', 'ALL']),
      ...(has('death with parent') ? ['--die-with-parent'] : []),
      '--new-session',
      ...(has('environment') ? ['--clearenv', '--setenv', 'TZ', 'UTC'] : []),
      ...(tools.librariesPath ? ['--setenv', 'LD_LIBRARY_PATH', tools.librariesPath] : []),
      ...bind(NODE, tools.node),
      ...[...libraries].flatMap(([inside, outside]) => bind(inside, outside)),
      ...bind(PROGRAM, program),
      ...['--chdir', '/'],
      ...(has('read-only root') ? ['--remount-ro', '/'] : []),
      ...(isFiltered ? ['--seccomp', String(FILTER_FD)] : []),
      '--',
      NODE,
      ...makeNodeFlags(settings),
      ...(instead ?? [PROGRAM]),
    ],
    hasChild: true,
    ...(isFiltered && { filter }),
  };
}
