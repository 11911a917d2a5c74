// Operators: what the people behind the vats of a run do once faults have stopped.

import type { ControlRequest } from '../../src/kernel/ports.ts';
import type { DoubtReply } from '../../src/kernel/settle-ports.ts';
import type { Choice } from '../../src/kernel/settle-store-port.ts';
import type { EngineVat } from './vat-parts.ts';

export interface Operators {
  /** They tell each other where everyone is. */
  introduce(): void;
  /** They decide about links in doubt until there are none; returns what is left. */
  settle(): readonly string[];
}

export interface OperatorsInput {
  readonly vats: readonly EngineVat[];
  /** Ids of those that have an older disk, or were run twice: nobody else may doubt or be doubted. */
  readonly restored: ReadonlySet<string>;
  /** What they choose for each item in doubt. */
  readonly choice: Choice;
  /** Lets time pass. */
  readonly run: (ms: number) => void;
}

const ASK_MS = 50;
const ASKS_MAX = 200;
const LOOK_MS = 60_000;
const LOOKS_MAX = 200;
/** After so many looks they decide also about a peer that said nothing. */
const PATIENCE = 20;

export function makeOperators({ vats, restored, choice, run }: OperatorsInput): Operators {
  let requests = 0;

  const ask = (vat: EngineVat, request: ControlRequest): unknown => {
    for (let asks = 0; asks < ASKS_MAX; asks += 1) {
      const reply = vat.ask(request, true);
      if (reply?.ok) return reply.value;
      run(ASK_MS);
    }
    throw new Error(`${vat.name} does not reply to ${request.type}`);
  };
  const doubted = (vat: EngineVat) => (ask(vat, { type: 'doubt' }) as DoubtReply).links;
  const groundless = (): string[] =>
    vats.flatMap((vat) =>
      doubted(vat)
        .filter(({ vat: peer }) => !restored.has(vat.id) && !restored.has(peer))
        .map(({ vat: peer, reason }) => `${vat.name} doubts ${peer} without reason: ${reason}`),
    );
  const decide = (vat: EngineVat, looks: number): void => {
    for (const { vat: peer, isDecided, peer: known } of doubted(vat)) {
      if (isDecided || (known === 'silent' && looks < PATIENCE)) continue;
      requests += 1;
      const reset = known === 'unknown' ? { reset: true } : {};
      const id = `settle-${requests}`;
      vat.ask({ type: 'settle', id, peer, choices: [], rest: choice, ...reset }, true);
    }
  };

  return Object.freeze({
    introduce() {
      const records = vats.map((vat) => ownRecord(ask(vat, { type: 'contacts' })));
      for (const vat of vats) ask(vat, { type: 'learn', records });
    },
    settle() {
      const left = () =>
        vats.flatMap((vat) =>
          doubted(vat).map(({ vat: peer, state, reason, peer: known, isDecided, undecided }) => {
            const name = vats.find(({ id }) => id === peer)?.name;
            const words = `${state}: ${reason}; peer ${known}, decided ${isDecided}, left ${undecided}`;
            return `${vat.name} never settles with ${name}: ${words}`;
          }),
        );
      if (restored.size === 0) return groundless();
      for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
        run(LOOK_MS);
        const wrong = groundless();
        if (wrong.length > 0 || left().length === 0) return wrong;
        for (const vat of vats) decide(vat, looks);
      }
      return left();
    },
  });
}

/** A vat's own contact record comes first. */
function ownRecord(value: unknown): string {
  return (value as { records: string[] }).records[0]!;
}
