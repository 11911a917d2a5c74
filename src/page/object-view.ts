// Object: what the selected object is, holds and remembers, who refers to it, and what waits.

import type { PageMessage, PageObject } from '../core/page-data.ts';
import { make, makeEmpty, makeLink } from './dom.ts';
import type { Model } from './model.ts';
import { cleanLine, formatBytes, formatCount, formatNumber } from './text.ts';
import { TreeView } from './tree-view.ts';

const REFERRERS_SHOWN = 50;
const CODE_SHOWN = 4_000;

export class ObjectView extends HTMLElement {
  #model!: Model;
  #memory!: TreeView;
  #power!: TreeView;
  /** What is shown, so that the same is not shown again. */
  #shown = '';
  readonly #title = make('h2', {}, 'Object');
  readonly #body = make('div', { class: 'body' });
  readonly #referrers = make('div');
  readonly #waiting = make('div');
  readonly #code = make('div');
  readonly #memoryHead = make('h3');
  readonly #memoryNote = make('p', { class: 'note' });

  start(model: Model): void {
    this.#model = model;
    const input = {
      label: (id: string) => model.label(id),
      onReference: (id: string) => model.select(id),
    };
    this.#memory = new TreeView(input);
    this.#power = new TreeView(input);
    this.append(make('header', { class: 'head' }, this.#title), this.#body);
    model.on('selection', () => {
      this.#shown = '';
      this.#memory.reset();
      this.#power.reset();
      this.#update();
    });
    model.on('object', () => this.#update());
    model.on('graph', () => this.#showReferrers());
    model.on('waits', () => {
      if (/^[ps]/.test(model.state.selected ?? '')) this.#update();
    });
    this.#update();
  }

  #update(): void {
    const { selected, object } = this.#model.state;
    if (selected === undefined)
      return this.#say('Select an object in the graph to see its memory.');
    this.#title.textContent = this.#model.label(selected);
    if (selected.startsWith('i')) return this.#showImport(selected);
    if (/^[ps]/.test(selected)) return this.#showPromise(selected);
    if (object === 'none')
      return this.#say(`There is no object ${selected}: it was deleted, or never made.`);
    if (object === undefined) return this.#say('Reading…');
    const shown = JSON.stringify(object);
    if (shown === this.#shown) return;
    const isFirst = this.#shown === '';
    this.#shown = shown;
    this.#show(object, isFirst);
  }

  #say(text: string): void {
    this.#shown = '';
    this.#body.replaceChildren(makeEmpty(text));
  }

  #show(object: PageObject, isFirst: boolean): void {
    const { id, name, installation, owner, memory, power, waiting } = object;
    this.#title.textContent = name === '' ? id : `${name} ${id}`;
    if (isFirst) {
      const from = `installation ${owner}: ${cleanLine(installation, 120)}`;
      this.#body.replaceChildren(
        make('p', { class: 'note' }, from),
        this.#memoryHead,
        this.#memoryNote,
        this.#memory.element,
        make('h3', {}, 'Power'),
        makeNatives(object.natives),
        this.#power.element,
        this.#referrers,
        this.#waiting,
        this.#code,
      );
      this.#showCode(object.code);
    }
    const size = memory === undefined ? '' : ` · ${formatBytes(memory.bytes)}`;
    this.#memoryHead.textContent = `Memory${size}`;
    this.#showShared(memory?.sharedWith ?? [], memory === undefined);
    if (memory !== undefined) this.#memory.show(memory);
    this.#power.show(power);
    this.#showReferrers();
    this.#showWaiting(waiting);
  }

  #showShared(ids: readonly string[], hasNone: boolean): void {
    if (hasNone) return this.#memoryNote.replaceChildren('It has none: each turn begins anew.');
    const links = this.#linksTo(ids);
    this.#memoryNote.replaceChildren(...(links.length === 0 ? [] : ['Shared with ', ...links]));
  }

  #linksTo(ids: readonly string[]): Node[] {
    return ids.flatMap((id) => [this.#linkTo(id), document.createTextNode(' ')]);
  }

  #linkTo(id: string): HTMLElement {
    return makeLink(this.#model.label(id), () => this.#model.select(id));
  }

  #showReferrers(): void {
    const { selected, graph } = this.#model.state;
    const edges = graph?.edges.filter(({ to }) => to === selected) ?? [];
    const items = edges
      .slice(0, REFERRERS_SHOWN)
      .map(({ from, via }) => make('li', {}, this.#linkTo(from), ` by its ${via}`));
    if (edges.length > REFERRERS_SHOWN) {
      items.push(make('li', {}, `and ${formatNumber(edges.length - REFERRERS_SHOWN)} more`));
    }
    this.#referrers.replaceChildren(
      make('h3', {}, 'Who refers to it'),
      items.length === 0
        ? makeEmpty('No object of this vat. Holders of a QRID and other vats are not counted.')
        : make('ul', { class: 'plain-list' }, ...items),
    );
  }

  #showWaiting({ rows, first }: PageObject['waiting']): void {
    const head = make('h3', {}, `Waiting messages${rows === 0 ? '' : ` · ${formatNumber(rows)}`}`);
    if (rows === 0) return this.#waiting.replaceChildren(head, makeEmpty('None.'));
    const items = first.map((message) => this.#makeMessage(message));
    const rest = rows > first.length ? [make('p', {}, `The first ${first.length} are shown.`)] : [];
    this.#waiting.replaceChildren(head, make('ol', { class: 'messages' }, ...items), ...rest);
  }

  #makeMessage({ seq, share, peer, attempts, args }: PageMessage): HTMLElement {
    const tree = new TreeView({
      label: (id) => this.#model.label(id),
      onReference: (id) => this.#model.select(id),
    });
    tree.show(args);
    const from =
      peer === undefined ? this.#model.shareLabel(share) : `vat ${this.#model.peerLabel(peer)}`;
    const tried = attempts === 0 ? '' : `, tried ${formatCount(attempts, 'time')}`;
    return make(
      'li',
      {},
      make('span', { class: 'note' }, `#${seq} from ${from}${tried}`),
      tree.element,
    );
  }

  #showCode({ text, hash }: PageObject['code']): void {
    const shown = make('pre', { class: 'code', set: { tabindex: '0' } }, text.slice(0, CODE_SHOWN));
    const left = text.length - CODE_SHOWN;
    const more = makeLink(`show all (${formatNumber(left)} characters left)`, () => {
      shown.replaceChildren(make('span', {}, text));
      more.remove();
    });
    const hashed = make('p', { class: 'note' }, 'SHA-256 ', make('code', {}, hash));
    this.#code.replaceChildren(make('h3', {}, 'Code'), shown, ...(left > 0 ? [more] : []), hashed);
  }

  /** A promise, or the resolver of one. */
  #showPromise(id: string): void {
    this.#shown = '';
    const promise = `p${id.slice(1)}`;
    const found = this.#model.state.waits?.promises.find((each) => each.id === promise);
    const what = id === promise ? `${id} is a promise` : `${id} is the resolver of ${promise}`;
    const state = found?.isStuck ? 'stuck' : 'pending';
    const text =
      found === undefined
        ? 'which is settled, forgotten, or one of more than are listed here: see `qrt promises`.'
        : `which is ${state}. It waits for ${found.waitsFor}.`;
    this.#body.replaceChildren(make('p', {}, `${what}, ${text}`), this.#referrers);
    this.#showReferrers();
  }

  #showImport(id: string): void {
    this.#shown = '';
    const found = this.#model.state.graph?.imports.find((each) => each.id === id);
    const where = found === undefined ? 'of another vat' : `of vat ${found.petname ?? found.vat}`;
    const refused = found?.isLive === false ? ' That vat said that there is no such object.' : '';
    this.#body.replaceChildren(
      make('p', {}, `${id} is an object ${where}: what is sent to it goes there.${refused}`),
      this.#referrers,
    );
    this.#showReferrers();
  }
}

function makeNatives(natives: PageObject['natives']): HTMLElement {
  const entries = Object.entries(natives).map(([key, type]) =>
    make('code', {}, cleanLine(key === type ? key : `${key} (${type})`, 100)),
  );
  return make('p', { class: 'natives' }, ...entries);
}
