// Checks: what must hold between the vats of a world, whatever happened to them.

import type { VatId } from '../../src/core/ids.ts';
import type { VatStore } from '../../src/kernel/store-port.ts';
import { miscounts } from './mentions.ts';
import type { TestVat } from './test-vat.ts';
import type { World } from './world.ts';

/** What two ends of a link say of each other, as far as they must agree. */
export function disagreements(world: World): string[] {
  const vats = world.vats();
  return [...quarrels(vats), ...vats.flatMap(leftovers), ...miscounts(vats)];
}

/** A vat as its store shows it. */
interface Quarreller {
  readonly name: string;
  readonly id: VatId;
  store(): VatStore;
}

/** Links that are not the same at both ends, and rows that wait for nothing. */
export function quarrels(vats: readonly Quarreller[]): string[] {
  const found: string[] = [];
  for (const vat of vats) {
    for (const row of vat.store().links()) {
      const peer = vats.find(({ id }) => id === row.vat);
      const other = peer
        ?.store()
        .links()
        .find((link) => link.vat === vat.id);
      if (row.state !== 'ok') found.push(`${vat.name} doubts ${peer?.name}: ${row.reason}`);
      for (const lane of [0, 1] as const) {
        const { next, tail, receipted } = row.sending[lane];
        const received = other?.receiving[lane];
        const at = `${vat.name} to ${peer?.name}, lane ${lane + 1}`;
        if (receipted !== next) found.push(`${at}: ${next - receipted} items await a receipt`);
        if (!received || received.next === 0) continue;
        if (received.next !== next) found.push(`${at}: ${received.next} is not ${next}`);
        if (Buffer.compare(received.tail, tail) !== 0) found.push(`${at}: other tails`);
      }
    }
    if (vat.store().inboxUsage().length > 0) found.push(`${vat.name}: rows in the inbox`);
    if (vat.store().outboxUsage().length > 0) found.push(`${vat.name}: rows in the outbox`);
  }
  return found;
}

/** Usage that a vat at rest does not have. */
function leftovers(vat: TestVat): string[] {
  const found: string[] = [];
  const { inbox, outbox } = vat.status();
  for (const [what, { rows, bytes }] of Object.entries({ inbox, outbox })) {
    if (rows !== 0 || bytes !== 0) found.push(`${vat.name}: ${rows} rows, ${bytes} B in ${what}`);
  }
  return found;
}
