// Graph drawing: one group, one node, one reference, each as an element of the drawing.

import type { PageArrow, PageEdge } from '../core/page-data.ts';
import { draw } from './dom.ts';
import type { GraphNode } from './graph-model.ts';
import type { Box } from './layout.ts';
import { cleanLine } from './text.ts';

const at = ({ x, y, width, height }: Box): Record<string, string> => ({
  x: String(x),
  y: String(y),
  width: String(width),
  height: String(height),
});

/** Characters that fit into a node, and pixels of one in a title. */
const NODE_CHARACTERS = 15;
const CHARACTER = 6.5;

/** Heads of the lines, for what is drawn after it to refer to. */
export function drawArrows(): SVGElement {
  const heads = ['arrow', 'arrow lit', 'arrow wait'].map((name) => {
    const set = {
      viewBox: '0 0 8 8',
      refX: '8',
      refY: '4',
      orient: 'auto',
      markerUnits: 'userSpaceOnUse',
    };
    const id = name.replace(' ', '-');
    const head = draw('path', { class: name, set: { d: 'M0,0 L8,4 L0,8 z' } });
    return draw('marker', { set: { ...set, id, markerWidth: '8', markerHeight: '8' } }, head);
  });
  return draw('defs', {}, ...heads);
}

export interface GroupInput {
  readonly box: Box;
  readonly title: string;
  readonly isOuter: boolean;
}

export function drawGroup({ box, title, isOuter }: GroupInput): SVGElement {
  const place = { x: String(box.x + 12), y: String(box.y + 18) };
  const fitting = cleanLine(title, Math.max(4, Math.floor((box.width - 24) / CHARACTER)));
  return draw(
    'g',
    { class: isOuter ? 'group outer' : 'group' },
    draw('title', {}, cleanLine(title, 200)),
    draw('rect', { set: { ...at(box), rx: '8' } }),
    draw('text', { set: place }, fitting),
  );
}

export interface NodeInput {
  readonly node: GraphNode;
  readonly box: Box;
  readonly onSelect: () => void;
}

export function drawNode({ node, box, onSelect }: NodeInput): SVGElement {
  const { id, kind, title, detail } = node;
  const label = `${title} ${detail}`;
  const x = String(box.x + 10);
  const drawn = draw(
    'g',
    {
      class: `node ${kind}`,
      set: { role: 'button', 'aria-label': cleanLine(label, 200), 'data-id': id },
      onClick: onSelect,
    },
    draw('title', {}, cleanLine(label, 200)),
    draw('rect', { set: { ...at(box), rx: '5' } }),
    draw('text', { class: 'title', set: { x, y: String(box.y + 17) } }, cut(title)),
    draw('text', { class: 'detail', set: { x, y: String(box.y + 32) } }, cut(detail)),
  );
  return drawn;
}

const cut = (text: string): string => cleanLine(text, NODE_CHARACTERS);

/** A line from what holds the reference to what it refers to. */
export function drawEdge({ from, to, via }: PageEdge, start: Box, end: Box): SVGElement {
  const set = { d: from === to ? loopOf(start) : pathOf(start, end) };
  return draw('path', {
    class: `edge ${via}`,
    set: { ...set, 'data-from': from, 'data-to': to },
  });
}

/** An arrow from who waits for an answer to who is to give it. */
export function drawWait({ from, to, isStuck }: PageArrow, start: Box, end: Box): SVGElement {
  const words = isStuck ? 'waits for ever for' : 'waits for';
  const d = from === to ? loopOf(start) : pathOf(lower(start), lower(end));
  return draw(
    'path',
    { class: isStuck ? 'wait stuck' : 'wait', set: { d, 'data-from': from, 'data-to': to } },
    draw('title', {}, `${from} ${words} ${to}`),
  );
}

/** So that it does not lie on the line of a reference. */
const lower = (box: Box): Box => ({ ...box, y: box.y + WAIT_LOWER });
const WAIT_LOWER = 9;

function loopOf({ x, y, width }: Box): string {
  const right = x + width;
  return `M${right - 24},${y} c0,-18 24,-18 24,0`;
}

/** Leaves on the side that faces the target; within one column it swings out to the right. */
function pathOf(start: Box, end: Box): string {
  const y1 = start.y + start.height / 2;
  const y2 = end.y + end.height / 2;
  if (end.x >= start.x + start.width) return curve([start.x + start.width, y1], [end.x, y2]);
  if (end.x + end.width <= start.x) return curve([start.x, y1], [end.x + end.width, y2]);
  const right = Math.max(start.x, end.x) + start.width;
  const out = right + 26;
  return `M${start.x + start.width},${y1} C${out},${y1} ${out},${y2} ${end.x + end.width},${y2}`;
}

type Point = readonly [x: number, y: number];

/** Farther than the next column on the same height, a line would run through what is between. */
const NEXT = 60;
const ARC = 44;

function curve([x1, y1]: Point, [x2, y2]: Point): string {
  const isThrough = Math.abs(x2 - x1) > NEXT && Math.abs(y2 - y1) < 2;
  const arc = isThrough ? ARC : 0;
  const pull = Math.sign(x2 - x1) * Math.max(20, Math.abs(x2 - x1) / 2);
  return `M${x1},${y1} C${x1 + pull},${y1 - arc} ${x2 - pull},${y2 - arc} ${x2},${y2}`;
}
