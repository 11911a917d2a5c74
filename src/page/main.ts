// Main: puts the page together and keeps it up to date.
//
// The address bar holds the token when the page opens. It was used by then, and is taken out, so
// that the page can be loaded again.

import type { PageEvents, PageObject } from '../core/page-data.ts';
import { GraphView } from './graph-view.ts';
import { HeaderView } from './header-view.ts';
import { LinksView } from './links-view.ts';
import { LogView } from './log-view.ts';
import { type Model, makeModel } from './model.ts';
import { ObjectView } from './object-view.ts';
import { TurnsView } from './turns-view.ts';
import { WaitsView } from './waits-view.ts';

const PARTS = {
  'qrt-header': HeaderView,
  'qrt-graph': GraphView,
  'qrt-object': ObjectView,
  'qrt-turns': TurnsView,
  'qrt-promises': WaitsView,
  'qrt-links': LinksView,
  'qrt-log': LogView,
} as const;

const ID = /^#([oi][\d.]+)$/;
const HOME = new URL('.', import.meta.url).pathname;
const AGAIN_MS = 300;

history.replaceState(null, '', `${HOME}${location.hash}`);
const model = makeModel(ID.exec(location.hash)?.[1]);
for (const [tag, Part] of Object.entries(PARTS)) {
  customElements.define(tag, Part);
  for (const part of document.querySelectorAll<InstanceType<typeof Part>>(tag)) part.start(model);
}
listen(model);
const loadObject = makeLoader(model);
model.on('selection', () => {
  const { selected } = model.state;
  history.replaceState(null, '', selected === undefined ? HOME : `${HOME}#${selected}`);
  loadObject();
});
model.on('status', () => {
  document.title = `qrt ${model.state.status?.dir ?? ''}`;
});
loadObject();

/** Takes the news of the command for as long as there are any. */
function listen(to: Model): void {
  const source = new EventSource('events');
  const read = <Name extends keyof PageEvents>(
    name: Name,
    use: (value: PageEvents[Name]) => void,
  ): void =>
    source.addEventListener(name, (event: MessageEvent<string>) =>
      use(JSON.parse(event.data) as PageEvents[Name]),
    );
  for (const name of ['status', 'graph', 'waits', 'turns', 'log'] as const) {
    read(name, (value) => to.take(name, value));
  }
  read('changed', () => loadObject());
  read('end', ({ reason }) => {
    source.close();
    to.setConnection({ kind: 'over', reason });
  });
  source.addEventListener('open', () => to.setConnection({ kind: 'live' }));
  source.addEventListener('error', () => {
    const isRefused = source.readyState === EventSource.CLOSED;
    const reason = 'The command that serves this page refuses it. Run `qrt ui` again.';
    to.setConnection(isRefused ? { kind: 'over', reason } : { kind: 'lost' });
  });
}

/** Loads the selected object: one request at a time, the last wish counts. */
function makeLoader(to: Model): () => void {
  let isBusy = false;
  let isWanted = false;
  const load = async (): Promise<void> => {
    const { selected } = to.state;
    if (selected === undefined || !selected.startsWith('o')) return;
    // A command that has ended is told of by the connection.
    const reply = await fetch(`object?id=${encodeURIComponent(selected)}`).catch(() => undefined);
    if (reply === undefined || to.state.selected !== selected) return;
    if (reply.ok) to.setObject((await reply.json()) as PageObject);
    else if (reply.status === 404) to.setObject('none');
  };
  const run = async (): Promise<void> => {
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await load();
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    isBusy = false;
  };
  return () => {
    isWanted = true;
    if (!isBusy) void run();
  };
}
