// Tree view: a value that can be opened level by level, and stays open while it changes.

import type { PageValue } from '../core/page-data.ts';
import { make, makeLink } from './dom.ts';
import { cleanLine, formatCount, formatNumber } from './text.ts';
import { type Branch, type Leaf, partsOf, rootOf, type TreeNode } from './tree.ts';

const TEXT_SHOWN = 300;
const TEXT_MORE = 20_000;
const PARTS_SHOWN = 100;
const KEY_SHOWN = 80;
/** Levels that are open from the start, and how large they may be for that. */
const OPEN_LEVELS = 2;
const OPEN_SIZE = 30;

export interface TreeViewInput {
  readonly label: (id: string) => string;
  readonly onReference: (id: string) => void;
}

/** Where in the value something is; `path` is the same for the same place each time. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

export class TreeView {
  readonly element = make('div', { class: 'tree' });
  readonly #input: TreeViewInput;
  /** What its user opened or closed, and how much of what is long was asked for, by path. */
  readonly #opened = new Map<string, boolean>();
  readonly #sizes = new Map<string, number>();
  /** The leaves as they are shown, and as they were before. */
  #texts = new Map<string, string>();
  #before: ReadonlyMap<string, string> | undefined;
  #slots: readonly string[] = [];

  constructor(input: TreeViewInput) {
    this.#input = input;
  }

  /** Shows a value; what was open before is open again, and what changed is marked for a moment. */
  show(value: PageValue): void {
    const { activeElement } = document;
    const isHere = this.element.contains(activeElement);
    const focused = isHere ? (activeElement as HTMLElement).dataset['path'] : undefined;
    this.#slots = value.slots;
    this.#before = this.#texts.size === 0 ? undefined : this.#texts;
    this.#texts = new Map();
    const root = { path: '', depth: 0 };
    const { problem } = value;
    const shown = problem === undefined ? this.#render(rootOf(value), root) : problem;
    this.element.replaceChildren(shown);
    this.#before = undefined;
    if (focused !== undefined) this.#focus(focused);
  }

  /** Forgets what was open: another value follows. */
  reset(): void {
    this.#opened.clear();
    this.#sizes.clear();
    this.#texts = new Map();
    this.element.replaceChildren();
  }

  /** A place with its key before it, if it has one. */
  #render(node: TreeNode, place: Place, key = ''): Node {
    const name = make('span', { class: 'key' }, key);
    if ('size' in node) return this.#renderBranch(node, place, name);
    return make('span', {}, name, this.#renderLeaf(node, place.path));
  }

  #renderLeaf(node: Leaf, path: string): Node {
    switch (node.kind) {
      case 'text':
        return this.#renderText(node.text, path);
      case 'plain':
        return this.#mark(make('span', { class: 'plain' }, node.text), path, node.text);
      case 'reference': {
        const { label, onReference } = this.#input;
        const link = makeLink(label(node.id), () => onReference(node.id));
        link.dataset['path'] = path;
        return this.#mark(link, path, node.id);
      }
    }
  }

  /** Flashes a leaf whose text is another one than it was before. */
  #mark<E extends HTMLElement>(leaf: E, path: string, text: string): E {
    this.#texts.set(path, text);
    const isChanged = this.#before !== undefined && this.#before.get(path) !== text;
    if (isChanged) leaf.classList.add('changed');
    return leaf;
  }

  #renderText(text: string, path: string): Node {
    const shown = Math.min(text.length, this.#sizes.get(path) ?? TEXT_SHOWN);
    const leaf = make('span', { class: 'text' }, `"${text.slice(0, shown)}`);
    this.#mark(leaf, path, text);
    if (shown === text.length) {
      leaf.append('"');
      return leaf;
    }
    const left = formatNumber(text.length - shown);
    const whole = make('span', {}, leaf, '… ');
    const more = makeLink(`show more (${left} characters left)`, () => {
      this.#sizes.set(path, shown + TEXT_MORE);
      whole.replaceChildren(this.#renderText(text, path));
    });
    more.dataset['path'] = `${path} more`;
    whole.append(more);
    return whole;
  }

  #renderBranch(node: Branch, place: Place, name: Node): Node {
    const { path, depth } = place;
    const isList = node.kind === 'list';
    if (node.size === 0) {
      return make('span', {}, name, make('span', { class: 'plain' }, isList ? '[]' : '{}'));
    }
    const count = formatCount(node.size, isList ? 'item' : 'key');
    const summary = make('summary', {}, name, isList ? `[ ${count} ]` : `{ ${count} }`);
    summary.dataset['path'] = path;
    const list = make('ul');
    const details = make('details', {}, summary, list);
    details.open = this.#opened.get(path) ?? (depth < OPEN_LEVELS && node.size <= OPEN_SIZE);
    if (details.open) this.#fill(list, node, place);
    // Only what its user does is remembered: the event also follows what was set above.
    summary.addEventListener('click', () => this.#opened.set(path, !details.open));
    details.addEventListener('toggle', () => {
      if (details.open && list.childElementCount === 0) this.#fill(list, node, place);
    });
    return details;
  }

  #fill(list: HTMLElement, node: Branch, place: Place): void {
    const { path, depth } = place;
    const count = this.#sizes.get(path) ?? PARTS_SHOWN;
    const items = partsOf(node, this.#slots, { from: 0, count }).map(({ key, node: part }) => {
      const inside = { path: `${path}/${JSON.stringify(key)}`, depth: depth + 1 };
      return make('li', {}, this.#render(part, inside, `${cleanLine(key, KEY_SHOWN)}: `));
    });
    if (node.size > count) {
      const more = makeLink(`show more (${formatNumber(node.size - count)} left)`, () => {
        this.#sizes.set(path, count + PARTS_SHOWN);
        this.#fill(list, node, place);
      });
      more.dataset['path'] = `${path} more`;
      items.push(make('li', {}, more));
    }
    list.replaceChildren(...items);
  }

  #focus(path: string): void {
    const places = [...this.element.querySelectorAll<HTMLElement>('[data-path]')];
    places.find(({ dataset }) => dataset['path'] === path)?.focus();
  }
}
