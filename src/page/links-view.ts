// Links: how this vat stands with each of its peers, and why, if something is wrong.

import type { PageLink, PageStatus } from '../core/page-data.ts';
import { make, makeEmpty, makeHead } from './dom.ts';
import type { Model } from './model.ts';
import { cleanLine, formatAge, formatBytes, formatCount, formatNumber, shorten } from './text.ts';

const TEXT_SHOWN = 300;

export class LinksView extends HTMLElement {
  readonly #list = make('ul', { class: 'links' });
  #shown = '';

  start(model: Model): void {
    this.append(makeHead('Links'), this.#list);
    model.on('status', () => {
      const { status } = model.state;
      if (status === undefined) return;
      const shown = JSON.stringify([status.links, status.linksTotal]);
      if (shown === this.#shown) return;
      this.#shown = shown;
      this.#list.replaceChildren(...makeItems(status));
    });
  }
}

function makeItems({ dir, links, linksTotal }: PageStatus): Node[] {
  if (linksTotal === 0) {
    const text =
      'No link with another vat yet. One begins with the first message to an object there:';
    return [make('li', {}, makeEmpty(text, `qrt send -d ${dir} QRID '{}'`))];
  }
  const left = linksTotal - links.length;
  const rest =
    left === 0 ? [] : [make('li', {}, `and ${formatNumber(left)} more, which are quiet`)];
  return [...links.map(makeItem), ...rest];
}

function makeItem(link: PageLink): HTMLElement {
  const { vat, petname, state, reason, outbox, oldestMs, sent, receipted, received } = link;
  const oldest = oldestMs === undefined ? '' : `, the oldest for ${formatAge(oldestMs)}`;
  const waiting =
    outbox.rows === 0
      ? 'empty'
      : `${formatCount(outbox.rows, 'row')}, ${formatBytes(outbox.bytes)}${oldest}`;
  const lanes = (pair: readonly [number, number]): string => pair.map(formatNumber).join(' + ');
  const rows: readonly (readonly [string, string | undefined, string?])[] = [
    ['why', reason, 'bad'],
    ['outbox', waiting],
    ['sent', `${lanes(sent)}, of which receipted ${lanes(receipted)}`],
    ['received', lanes(received)],
    ['error', link.lastError, 'bad'],
    ['busy', link.busy, 'bad'],
    ['gaps', link.gaps === 0 ? undefined : formatNumber(link.gaps)],
    ['refusals', describeRefusals(link), 'bad'],
    ['urls', link.urls.length === 0 ? undefined : link.urls.join(', ')],
  ];
  const facts = rows.flatMap(([name, text, kind]) => {
    if (text === undefined) return [];
    const value = make(
      'dd',
      kind === undefined ? {} : { class: kind },
      cleanLine(text, TEXT_SHOWN),
    );
    return [make('dt', {}, name), value];
  });
  const name = make('strong', { title: vat }, cleanLine(petname ?? shorten(vat), 60));
  const badge = make('span', { class: `badge ${state === 'ok' ? 'running' : 'bad'}` }, state);
  return make('li', {}, name, ' ', badge, make('dl', {}, ...facts));
}

function describeRefusals({ refusals, lastRefusal }: PageLink): string | undefined {
  if (refusals === 0) return undefined;
  return lastRefusal === undefined
    ? formatNumber(refusals)
    : `${formatNumber(refusals)}, the last: ${lastRefusal}`;
}
