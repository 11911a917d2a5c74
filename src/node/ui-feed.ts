// Feed of the page: what pages are told, each from where it is.
//
// Nothing is queued for a page. It has a cursor and takes what is newer than that when it has room,
// so a page that lags is told the newest state and misses turns, and never grows a buffer here.

import { TURNS_REMEMBERED_MAX } from '../core/limits.ts';
import type {
  PageEvents,
  PageGraph,
  PageLogLine,
  PageStatus,
  PageTurn,
  PageWaits,
} from '../core/page-data.ts';
import { UI_LOG_LINES_MAX } from '../core/page-limits.ts';
import type { TurnRow } from '../core/turn-row.ts';
import { toPageJson } from './ui-json.ts';

/** How far a page was told. */
export interface Cursor {
  status: number;
  graph: number;
  waits: number;
  changed: number;
  turn: number;
  log: number;
  life: number;
}

export interface Feed {
  setStatus(status: PageStatus): void;
  setGraph(graph: PageGraph): void;
  setWaits(waits: PageWaits): void;
  setChanged(version: number): void;
  /** `missed` turns happened before these and are not known. */
  addTurns(turns: readonly TurnRow[], missed: number): void;
  addLog(lines: readonly PageLogLine[]): void;
  /** The database is an older one: its lines are told anew, and numbers return. */
  restartLog(): void;
  /** All that is newer than the cursor as server-sent events, and moves it there. */
  take(cursor: Cursor): string;
  onNews(listener: () => void): () => void;
}

/** A state of which only the newest counts. */
interface State {
  number: number;
  text: string;
}

/** The cursor of a page that was told nothing. */
export const makeCursor = (): Cursor => ({
  status: 0,
  graph: 0,
  waits: 0,
  changed: 0,
  turn: 0,
  log: 0,
  life: 0,
});

export function makeFeed(): Feed {
  const states = {
    status: { number: 0, text: '' },
    graph: { number: 0, text: '' },
    waits: { number: 0, text: '' },
    changed: { number: 0, text: '' },
  };
  let turns: PageTurn[] = [];
  let turnsTotal = 0;
  let lines: PageLogLine[] = [];
  let life = 0;
  const listeners = new Set<() => void>();

  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const set = <Name extends keyof typeof states>(name: Name, value: PageEvents[Name]): void => {
    const state: State = states[name];
    const text = formatEvent(name, value);
    if (text === state.text) return;
    state.text = text;
    state.number += 1;
    tell();
  };

  return Object.freeze({
    setStatus: (status: PageStatus) => set('status', status),
    setGraph: (graph: PageGraph) => set('graph', graph),
    setWaits: (waits: PageWaits) => set('waits', waits),
    setChanged: (version: number) => set('changed', { version }),
    addTurns(rows: readonly TurnRow[], missed: number) {
      if (rows.length === 0) return;
      turnsTotal += missed;
      for (const row of rows) {
        turnsTotal += 1;
        turns.push({ ...row, at: turnsTotal });
      }
      turns = turns.slice(-TURNS_REMEMBERED_MAX);
      tell();
    },
    addLog(added: readonly PageLogLine[]) {
      if (added.length === 0) return;
      lines = [...lines, ...added].slice(-UI_LOG_LINES_MAX);
      tell();
    },
    restartLog() {
      lines = [];
      life += 1;
      tell();
    },
    take(cursor: Cursor) {
      let text = '';
      for (const name of ['status', 'graph', 'waits', 'changed'] as const) {
        if (cursor[name] === states[name].number) continue;
        cursor[name] = states[name].number;
        text += states[name].text;
      }
      const newTurns = turns.filter(({ at }) => at > cursor.turn);
      if (newTurns.length > 0) text += formatEvent('turns', newTurns);
      cursor.turn = turnsTotal;
      const isNewLife = life !== cursor.life;
      if (isNewLife) Object.assign(cursor, { life, log: 0 });
      const newLines = lines.filter(({ seq }) => seq > cursor.log);
      if (isNewLife || newLines.length > 0) text += formatEvent('log', { life, lines: newLines });
      cursor.log = lines.at(-1)?.seq ?? cursor.log;
      return text;
    },
    onNews(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
}

/** One server-sent event. */
export function formatEvent<Name extends keyof PageEvents>(
  name: Name,
  value: PageEvents[Name],
): string {
  return `event: ${name}\ndata: ${toPageJson(value)}\n\n`;
}
