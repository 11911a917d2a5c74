// Scene: a vat, an honest friend that it has a link with, and what must stay as it is between them.

import Database from 'better-sqlite3';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { runProgram, type Script } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { must, type Random } from './target.ts';

export interface Scene {
  readonly world: World;
  readonly vat: TestVat;
  readonly friend: TestVat;
  /** An object of the vat, and one of the friend. */
  readonly object: Qrid;
  readonly friendly: Qrid;
  /** The whole database of the vat as text. */
  readAll(): string;
  /** All that the vat's database says of its link with the friend. */
  readFriendship(): string;
  /** Delivers a body to the vat; the body of a 200, or undefined. */
  deliver(bytes: Uint8Array): Uint8Array | undefined;
  /**
   * Checks that the vat can be read from disk and talks with its friend, then ends the world. Memory
   * of the vat's objects may have been spoilt by a worker: then nobody looks into it.
   */
  close(options?: { readonly isSpoilt?: boolean }): void;
}

/** Args and what was kept may be spoilt: that is a failure of the turn, as it would be in a worker. */
export const runIfWhole: Script = (turn, tell) => {
  try {
    return runProgram(turn, tell);
  } catch (error) {
    const failure = { name: 'Error', message: error instanceof Error ? error.message : 'spoilt' };
    return { type: 'outcome', turn: turn.turn, status: 'failed', failure };
  }
};

/** Tables whose rows belong to a link. */
const LINK_TABLES = ['export', 'import', 'forward', 'outbox'];

/** A scene in which both have sent something to each other. */
export function makeScene(random: Random): Scene {
  const world = makeWorld(Math.floor(random() * 2 ** 31));
  const [vat, friend] = [world.vat('vat'), world.vat('friend')];
  for (const each of [vat, friend]) each.setScript(runIfWhole);
  const [object, friendly] = [vat.install(), friend.install()];
  vat.send(friendly, [['note', 0]], { slots: [object] });
  friend.send(object, [['note', 0]], { slots: [friendly] });
  world.run();
  const db = new Database(vat.path, { readonly: true });
  const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).pluck().all();
  const readers = (tables as string[]).map((table) => db.prepare(`SELECT * FROM "${table}"`));
  const ours = vat
    .store()
    .links()
    .find((link) => link.vat === friend.id)!.id;
  const ofLink = LINK_TABLES.map((table) =>
    db.prepare(`SELECT * FROM ${table} WHERE link = ${ours}`),
  );
  ofLink.push(db.prepare(`SELECT * FROM link WHERE id = ${ours}`));
  const read = (statements: typeof readers): string =>
    JSON.stringify(statements.map((statement) => statement.all()));

  return {
    world,
    vat,
    friend,
    object,
    friendly,
    readAll: () => read(readers),
    readFriendship: () => read(ofLink),
    deliver(bytes) {
      let reply: Uint8Array | undefined;
      vat.receive({ type: 'box', bytes }, (body) => {
        reply = body;
      });
      vat.settle();
      return reply;
    },
    close({ isSpoilt = false } = {}) {
      vat.crash();
      vat.send(friendly, [['note', 'last']]);
      friend.send(object, [['note', 'last']]);
      world.run(60_000);
      for (const [one, qrid] of isSpoilt
        ? [[friend, friendly] as const]
        : ([
            [vat, object],
            [friend, friendly],
          ] as const)) {
        must(notesOf(one, qrid).at(-1) === 'last', 'the two honest vats no longer talk');
      }
      const quarrel = disagreements(world).filter((text) => /friend/.test(text));
      must(quarrel.length === 0, () => `the two honest vats disagree: ${quarrel.join('; ')}`);
      db.close();
      world.close();
    },
  };
}
