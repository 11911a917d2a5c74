// DOM: makes elements. Text goes in as text only; nothing on this page is ever parsed as HTML.

import { clean } from './text.ts';

type Child = Node | string | undefined;

interface Properties {
  readonly class?: string;
  readonly title?: string;
  /** Other attributes. */
  readonly set?: Readonly<Record<string, string>>;
  readonly onClick?: () => void;
}

/** An element of the page; strings among the children become text, cleaned. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  dress(element, properties);
  element.append(...asText(children));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same for drawings. */
export function draw<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  dress(element, properties);
  element.append(...asText(children));
  return element;
}

/** A button that looks like a link. */
export function makeLink(text: string, onClick: () => void, title?: string): HTMLButtonElement {
  const set = { type: 'button' };
  const about = title === undefined ? {} : { title };
  return make('button', { class: 'link', onClick, set, ...about }, text);
}

/** A section of the page with its heading. */
export function makeHead(title: string, ...extra: readonly Child[]): HTMLElement {
  return make('header', { class: 'head' }, make('h2', {}, title), ...extra);
}

/** What stands where there is nothing yet, with the command that would change that. */
export function makeEmpty(text: string, command?: string): HTMLElement {
  const code = command === undefined ? undefined : make('code', {}, command);
  return make('p', { class: 'empty' }, text, code && ' ', code);
}

const asText = (children: readonly Child[]): (Node | string)[] =>
  children
    .filter((child) => child !== undefined)
    .map((child) => (typeof child === 'string' ? clean(child) : child));

function dress(element: Element, { class: name, title, set, onClick }: Properties): void {
  if (name !== undefined) element.setAttribute('class', name);
  if (title !== undefined) element.setAttribute('title', clean(title));
  for (const [key, value] of Object.entries(set ?? {})) element.setAttribute(key, value);
  if (onClick !== undefined) element.addEventListener('click', onClick);
}
