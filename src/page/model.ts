// Model: what the page knows and what its user has chosen; the parts of the page listen to it.

import type {
  PageEvents,
  PageGraph,
  PageLog,
  PageObject,
  PageStatus,
  PageTurn,
  PageWaits,
} from '../core/page-data.ts';
import { baseName, cleanLine, shorten } from './text.ts';

/** What the command tells of. */
type Told = 'status' | 'graph' | 'waits' | 'turns' | 'log';

/** What a part of the page can listen to. */
type Topic = Told | 'selection' | 'object' | 'connection';

/** Whether the command still tells news, and if not, why. */
type Connection =
  | { readonly kind: 'waiting' | 'live' | 'lost' }
  | { readonly kind: 'over'; readonly reason: string };

interface State {
  status: PageStatus | undefined;
  graph: PageGraph | undefined;
  waits: PageWaits | undefined;
  /** Those that came with the last event. */
  turns: readonly PageTurn[];
  log: PageLog;
  selected: string | undefined;
  object: PageObject | 'none' | undefined;
  connection: Connection;
}

export interface Model {
  readonly state: Readonly<State>;
  /** Takes what the command told. */
  take<Name extends Told>(name: Name, value: PageEvents[Name]): void;
  select(id: string | undefined): void;
  setObject(object: PageObject | 'none' | undefined): void;
  setConnection(connection: Connection): void;
  on(topic: Topic, listener: () => void): void;
  /** Name and id of an object, as people read it. */
  label(id: string): string;
  /** What a vat is called: the operator's name for it, or the beginning of its id. */
  peerLabel(vat: string): string;
  /** Whose share of the queues it is; an installation has a number beside its file's name. */
  shareLabel(share: string): string;
}

export function makeModel(selected: string | undefined): Model {
  const state: State = {
    status: undefined,
    graph: undefined,
    waits: undefined,
    turns: [],
    log: { life: 0, lines: [] },
    selected,
    object: undefined,
    connection: { kind: 'waiting' },
  };
  const listeners = new Map<Topic, (() => void)[]>();
  let names = new Map<string, string>();
  let peers = new Map<string, string>();
  let owners = new Map<number, string>();
  const tell = (topic: Topic): void => {
    for (const listener of listeners.get(topic) ?? []) listener();
  };

  return Object.freeze({
    state,
    take<Name extends Told>(name: Name, value: PageEvents[Name]) {
      Object.assign(state, { [name]: value });
      if (name === 'graph') {
        const { objects } = value as PageGraph;
        names = namesOf(value as PageGraph);
        owners = new Map(objects.map(({ owner, installation }) => [owner, installation]));
      }
      if (name === 'status') peers = peersOf(value as PageStatus);
      tell(name);
    },
    select(id: string | undefined) {
      if (state.selected === id) return;
      state.selected = id;
      state.object = undefined;
      tell('selection');
    },
    setObject(object: PageObject | 'none' | undefined) {
      state.object = object;
      tell('object');
    },
    setConnection(connection: Connection) {
      state.connection = connection;
      tell('connection');
    },
    on(topic: Topic, listener: () => void) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
    },
    label(id: string) {
      const name = names.get(id);
      return name === undefined ? id : `${name} ${id}`;
    },
    peerLabel: (vat: string) => peers.get(vat) ?? shorten(vat),
    shareLabel(share: string) {
      const owner = /^o(\d+)$/.exec(share)?.[1];
      if (owner === undefined) return shorten(share);
      return cleanLine(`${baseName(owners.get(Number(owner)) ?? 'installation')} #${owner}`, 40);
    },
  });
}

const namesOf = ({ objects }: PageGraph): Map<string, string> =>
  new Map(objects.filter(({ name }) => name !== '').map(({ id, name }) => [id, name]));

function peersOf({ links }: PageStatus): Map<string, string> {
  const named = links.flatMap(({ vat, petname }) =>
    petname === undefined ? [] : [[vat, petname]],
  );
  return new Map(named as [string, string][]);
}
