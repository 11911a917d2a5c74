// Private peers option: a node that connects to addresses that are not public.

import { Option } from 'commander';

/** As it is typed. */
export const ALLOW_PRIVATE_PEERS = '--allow-private-peers';

/** The option; it stands beside `allowPrivatePeers` in config.json, and either is enough. */
export function privatePeersOption(): Option {
  return new Option(
    ALLOW_PRIVATE_PEERS,
    'connect to peers at private, loopback and other addresses that are not public',
  );
}
