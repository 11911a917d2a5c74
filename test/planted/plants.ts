// Plants: all bugs that are planted, in the order of the table in README.md.

import type { Plant } from './plant.ts';
import { ACROSS_PLANTS } from './plants-across.ts';
import { ADDRESS_PLANTS } from './plants-addresses.ts';
import { ANSWER_PLANTS } from './plants-answers.ts';
import { DISK_PLANTS } from './plants-disk.ts';
import { DOUBT_PLANTS } from './plants-doubt.ts';
import { EMBED_PLANTS } from './plants-embed.ts';
import { FATE_PLANTS } from './plants-fates.ts';
import { FLOOD_PLANTS } from './plants-flood.ts';
import { GUEST_PLANTS } from './plants-guests.ts';
import { OPERATOR_PLANTS } from './plants-operator.ts';
import { PROMISE_PLANTS } from './plants-promises.ts';
import { STANDSTILL_PLANTS } from './plants-standstill.ts';
import { TURN_PLANTS } from './plants-turns.ts';
import { WAIT_PLANTS } from './plants-waits.ts';
import { WIRE_PLANTS } from './plants-wire.ts';

export const PLANTS: readonly Plant[] = [
  ...DISK_PLANTS,
  ...DOUBT_PLANTS,
  ...TURN_PLANTS,
  ...ANSWER_PLANTS,
  ...ACROSS_PLANTS,
  ...EMBED_PLANTS,
  ...PROMISE_PLANTS,
  ...FATE_PLANTS,
  ...OPERATOR_PLANTS,
  ...WAIT_PLANTS,
  ...WIRE_PLANTS,
  ...ADDRESS_PLANTS,
  ...FLOOD_PLANTS,
  ...STANDSTILL_PLANTS,
  ...GUEST_PLANTS,
];
