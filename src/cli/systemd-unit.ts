// Systemd unit: how a machine keeps a node running, for `qrt run --help`.
//
// Each line that takes something away was weighed against what a node does: its worker is started
// by prlimit, which lowers what it has, and by bubblewrap, which makes namespaces as any user may
// (no RestrictNamespaces); V8 makes code at run time, so memory may be written and run (no
// MemoryDenyWriteExecute); and a worker ends with its node, so only the node itself is told to stop
// (KillMode=mixed): a worker that is ended in the middle of a turn would count against the message
// that it ran.

import { NODE_STOP_MS_MAX } from '../core/limits.ts';
import { MEMORY_ENV } from '../node/environment.ts';

export interface UnitInput {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** The node's directory; absolute. */
  readonly dir: string;
  readonly user: string;
}

/** `qrt stop` waits as long. */
const STOP_S = (2 * NODE_STOP_MS_MAX) / 1_000;

/** The text of a unit file. */
export function formatUnit({ command, dir, user }: UnitInput): string {
  const environment = Object.entries(MEMORY_ENV).map(([name, value]) => `${name}=${value}`);
  return `[Unit]
Description=qrt node ${escapeSpecifiers(dir)}
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User=${user}
ExecStart=${command.map(quote).join(' ')}
Environment=${environment.join(' ')}
UMask=0077
# A core file would hold the key; and no worker needs more than a dozen threads.
LimitCORE=0
TasksMax=256
# 2: a mistake in the configuration or no sandbox, 70: damage on disk. Both need a person.
Restart=on-failure
RestartPreventExitStatus=2 70
RestartSec=5
KillMode=mixed
TimeoutStopSec=${STOP_S}
ReadWritePaths=${quote(dir)}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}

const escapeSpecifiers = (text: string): string => text.replaceAll('%', '%%');

/** A word as systemd reads it. */
function quote(word: string): string {
  const escaped = escapeSpecifiers(word).replace(/["\\]/g, '\\$&').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(word) ? escaped : `"${escaped}"`;
}
