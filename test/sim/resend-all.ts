// Resend all: two operators who settle whatever is in doubt between their vats in the same way.

import { doubtOf, settle } from './keeper.ts';
import type { TestVat } from './test-vat.ts';
import type { World } from './world.ts';

/** Both have everything sent again, up to `rounds` times as one doubt can follow another. */
export function resendAll(world: World, [one, two]: readonly [TestVat, TestVat], rounds = 3): void {
  for (let round = 0; round < rounds; round += 1) {
    world.run(60_000);
    for (const [side, peer] of [
      [one, two],
      [two, one],
    ] as const) {
      const [link] = doubtOf(side, peer).links;
      if (link?.isDecided === false) settle(side, peer, { rest: 'resend' });
    }
  }
  world.run();
}
