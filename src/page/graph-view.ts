// Graph: objects as boxes in the box of their installation, and a line for each reference held.

import type { PageArrow, PageGraph } from '../core/page-data.ts';
import { draw, make, makeEmpty, makeHead } from './dom.ts';
import { drawArrows, drawEdge, drawGroup, drawNode, drawWait } from './graph-drawing.ts';
import { findNear, type Graph, makeGraph } from './graph-model.ts';
import { type Layout, layOut } from './layout.ts';
import type { Model } from './model.ts';
import { chooseScope } from './scope.ts';
import { formatNumber } from './text.ts';

/** The most nodes that one can still read at once. */
const NODES_MAX = 500;
const EDGES_DRAWN_MAX = 3_000;
const MATCHES_MAX = 20;
const ZOOM = { least: 0.1, readable: 0.7, most: 2, step: 1.25 } as const;
const MARGIN = 12;

export class GraphView extends HTMLElement {
  #model!: Model;
  #graph: Graph | undefined;
  #layout: Layout | undefined;
  /** What is drawn, so that the same is not drawn again. */
  #drawn = '';
  /** Undefined as long as the drawing fits itself to the width. */
  #zoom: number | undefined;
  readonly #note = make('p', { class: 'note', set: { role: 'status' } });
  readonly #sheet = make('div', { class: 'sheet', set: { tabindex: '-1' } });
  readonly #find = make('input', {
    set: { type: 'search', placeholder: 'Find by name or id', 'aria-label': 'Find an object' },
  });
  readonly #found = make('ul', { class: 'found' });
  #svg = draw('svg');

  start(model: Model): void {
    this.#model = model;
    const zoom = (text: string, title: string, change: () => void): HTMLElement =>
      make(
        'button',
        { title, set: { type: 'button', 'aria-label': title }, onClick: change },
        text,
      );
    this.append(
      makeHead(
        'Objects',
        this.#find,
        zoom('−', 'Smaller', () => this.#resize((this.#zoom ?? this.#fit()) / ZOOM.step)),
        zoom('+', 'Larger', () => this.#resize((this.#zoom ?? this.#fit()) * ZOOM.step)),
        zoom('all', 'The whole graph', () => this.#resize(this.#fitWhole())),
      ),
      this.#found,
      this.#note,
      this.#sheet,
    );
    this.#find.addEventListener('input', () => this.#showFound());
    this.#find.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') this.#found.querySelector('button')?.click();
    });
    this.#sheet.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => {
      this.#resize(this.#zoom);
      this.#update(model.state.graph);
    }).observe(this.#sheet);
    for (const topic of ['graph', 'waits'] as const) {
      model.on(topic, () => this.#update(model.state.graph));
    }
    model.on('selection', () => {
      this.#update(model.state.graph);
      this.#markSelected();
    });
  }

  #update(page: PageGraph | undefined): void {
    if (page === undefined) return;
    const { selected, status } = this.#model.state;
    this.#graph = makeGraph(page, (vat) => this.#model.peerLabel(vat));
    const { nodes, edges } = this.#graph;
    if (nodes.size === 0) {
      this.#drawn = '';
      this.#note.replaceChildren();
      const command = `qrt install ${status?.dir ?? 'DIR'} counter`;
      this.#sheet.replaceChildren(makeEmpty('There is no object yet. Make one:', command));
      return;
    }
    const scope = chooseScope({ ids: [...nodes.keys()], edges, selected, max: NODES_MAX });
    this.#say(scope.kind, scope.ids.size, page.objectsTotal);
    // Room for so many hundreds of units at a size that one can read.
    const room = Math.max(3, Math.floor(this.#sheet.clientWidth / ZOOM.readable / 100));
    const drawn = JSON.stringify([
      page,
      this.#arrows(),
      room,
      scope.kind === 'all' ? '' : [...scope.ids],
    ]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#redraw(this.#graph, scope.ids, room * 100);
  }

  #arrows(): readonly PageArrow[] {
    return this.#model.state.waits?.arrows ?? [];
  }

  #say(kind: 'all' | 'first' | 'neighbourhood', shown: number, total: number): void {
    const all = formatNumber(total);
    const texts = {
      all: '',
      first: `The first ${shown} of ${all} objects. Find one by name or id to see what is around it.`,
      neighbourhood: `${shown} of ${all} objects: those around the selected one first.`,
    };
    this.#note.textContent = texts[kind];
  }

  #redraw({ nodes, edges, groups }: Graph, ids: ReadonlySet<string>, widthMax: number): void {
    const shown = [...nodes.values()].filter(({ id }) => ids.has(id));
    const lines = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
    const aspect = Math.max(0.6, this.#sheet.clientWidth / Math.max(300, this.#sheet.clientHeight));
    const layout = layOut({ nodes: shown, edges: lines, groups, aspect, widthMax });
    const hadFocus = (document.activeElement as SVGElement | null)?.dataset?.['id'];
    this.#layout = layout;
    const svg = draw('svg', { set: { role: 'group', 'aria-label': 'Objects and references' } });
    svg.append(drawArrows());
    for (const { key, title, isOuter } of groups) {
      const box = layout.groups.get(key);
      if (box) svg.append(drawGroup({ box, title, isOuter }));
    }
    for (const edge of lines.slice(0, EDGES_DRAWN_MAX)) {
      svg.append(drawEdge(edge, layout.nodes.get(edge.from)!, layout.nodes.get(edge.to)!));
    }
    for (const arrow of this.#arrows()) {
      const [start, end] = [layout.nodes.get(arrow.from), layout.nodes.get(arrow.to)];
      if (start !== undefined && end !== undefined) svg.append(drawWait(arrow, start, end));
    }
    for (const node of shown) {
      const onSelect = (): void => this.#model.select(node.id);
      svg.append(drawNode({ node, box: layout.nodes.get(node.id)!, onSelect }));
    }
    this.#svg = svg;
    this.#sheet.replaceChildren(svg);
    this.#resize(this.#zoom);
    this.#markSelected();
    if (hadFocus !== undefined) this.#focus(hadFocus);
  }

  /** Small enough for everything, readable or not. */
  #fitWhole(): number {
    const { width = 1, height = 1 } = this.#layout ?? {};
    const wide = (this.#sheet.clientWidth - 2) / (width + 2 * MARGIN);
    return Math.min(1, wide, (this.#sheet.clientHeight - 2) / (height + 2 * MARGIN));
  }

  #fit(): number {
    const wanted = (this.#sheet.clientWidth - 2) / ((this.#layout?.width ?? 1) + 2 * MARGIN);
    return Math.min(1, Math.max(ZOOM.readable, wanted));
  }

  #resize(zoom: number | undefined): void {
    if (this.#layout === undefined) return;
    if (zoom !== undefined) this.#zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, zoom));
    else this.#zoom = undefined;
    const { width, height } = this.#layout;
    const scale = this.#zoom ?? this.#fit();
    const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
    this.#svg.setAttribute('viewBox', `${-MARGIN} ${-MARGIN} ${wide} ${high}`);
    this.#svg.setAttribute('width', String(Math.floor(wide * scale)));
    this.#svg.setAttribute('height', String(Math.floor(high * scale)));
  }

  /** One node can be reached by Tab: the selected one, or the first. Arrows lead to the others. */
  #markSelected(): void {
    const { selected } = this.#model.state;
    const nodes = [...this.#svg.querySelectorAll<SVGElement>('.node')];
    const entry = nodes.find(({ dataset }) => dataset['id'] === selected) ?? nodes[0];
    for (const node of nodes) {
      const isSelected = node.dataset['id'] === selected;
      node.classList.toggle('selected', isSelected);
      node.setAttribute('aria-pressed', String(isSelected));
      node.setAttribute('tabindex', node === entry ? '0' : '-1');
    }
    for (const edge of this.#svg.querySelectorAll<SVGElement>('.edge')) {
      edge.classList.toggle('out', edge.dataset['from'] === selected);
      edge.classList.toggle('in', edge.dataset['to'] === selected);
    }
    this.#svg.classList.toggle('has-selection', entry?.dataset['id'] === selected);
    if (entry?.dataset['id'] === selected)
      entry?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #onKey(event: KeyboardEvent): void {
    const id = (event.target as SVGElement).dataset?.['id'];
    if (id === undefined || this.#layout === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') this.#model.select(id);
    else if (event.key.startsWith('Arrow'))
      this.#focus(findNear(this.#layout.nodes, id, event.key));
    else return;
    event.preventDefault();
  }

  #focus(id: string): void {
    const nodes = [...this.#svg.querySelectorAll<SVGElement>('.node')];
    nodes.find(({ dataset }) => dataset['id'] === id)?.focus();
  }

  #showFound(): void {
    const wanted = this.#find.value.trim().toLowerCase();
    const nodes = [...(this.#graph?.nodes.values() ?? [])];
    const matches = wanted === '' ? [] : nodes.filter(({ text }) => text.includes(wanted));
    const ids = matches.slice(0, MATCHES_MAX).map(({ id }) => id);
    // Beyond what the page was told of, an id still finds its object.
    if (/^o\d+\.\d+$/.test(wanted) && !ids.includes(wanted)) ids.unshift(wanted);
    const items = ids.map((id) => {
      const onClick = (): void => {
        this.#model.select(id);
        this.#find.value = '';
        this.#found.replaceChildren();
      };
      const label = this.#model.label(id);
      return make('li', {}, make('button', { set: { type: 'button' }, onClick }, label));
    });
    const none = make('li', { class: 'empty' }, 'Nothing is called that.');
    this.#found.replaceChildren(...(wanted !== '' && items.length === 0 ? [none] : items));
  }
}
