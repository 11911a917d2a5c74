// Code check: whether a text is exactly one function expression that qrt can run.
//
// Only text counts here: nothing is evaluated. What comes out is the function's own text, without
// the comments around it, and its hash. Every worker checks a text before it first evaluates it.

import { createHash } from 'node:crypto';
import type { Node, Program } from 'acorn';
import type { CodePlace } from '../core/frames.ts';
import type { CodeHash } from '../core/ids.ts';
import { CODE_DEPTH_MAX, CODE_NESTING_MAX, ERROR_TEXT_MAX } from '../core/limits.ts';
import { GO_ON } from './go-on.ts';
import { parseText } from './parser.ts';

/** A text that may be evaluated, or why not and where. */
export type CodeCheck =
  | { readonly text: string; readonly hash: CodeHash }
  | { readonly reason: string; readonly place?: CodePlace };

interface Refusal {
  readonly reason: string;
  /** Offset in the text as given; absent when no place is to blame. */
  readonly at?: number;
}

/** Strict, and on lines of its own so that a last `//` comment ends before the parenthesis. */
const WRAP_BEFORE = '"use strict";(\n';
const WRAP_AFTER = '\n)';

const ASYNC_HINT = `code is synchronous. ${GO_ON}`;

/** What SES refuses by pattern, also inside strings and comments, in words for people. */
const FILTERS: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /(?:^|[^.]|\.\.\.)\bimport(?=\s*(?:\(|\/[/*]))/,
    reason: '`import` with a parenthesis is not allowed, also not in a string or comment',
  },
  {
    pattern: /<!--|-->/,
    reason: 'HTML comment marks (`<!--`, `-->`) are not allowed, also not in a string or comment',
  },
  {
    pattern: /(?:^|[^.])\beval(?=\s*\()/,
    reason: '`eval` with a parenthesis is not allowed, also not in a string or comment',
  },
  {
    pattern: /(?:\/\/|\/\*)[#@]\s*source(?:Mapping)?URL\s*=/,
    reason: 'a `sourceURL` comment is not allowed',
  },
];

/** Checks a text of at most `bytesMax` bytes. Throws RangeError when the stack is exhausted. */
export function checkCode(text: unknown, bytesMax: number): CodeCheck {
  if (typeof text !== 'string') return { reason: 'code is the text of a function' };
  const found = findRefusalBeforeParsing(text, bytesMax) ?? parseFunction(text);
  if ('reason' in found) {
    if (found.at === undefined) return { reason: found.reason };
    return { reason: found.reason, place: placeOf(text, found.at) };
  }
  const refused = findRefusedSyntax(found.node);
  if (refused) return { reason: refused.reason, place: placeOf(text, refused.at ?? 0) };
  const own = text.slice(
    found.node.start - WRAP_BEFORE.length,
    found.node.end - WRAP_BEFORE.length,
  );
  return { text: own, hash: hashCode(own) };
}

/** The hash by which a code text is known. */
export function hashCode(text: string): CodeHash {
  return createHash('sha256').update(text).digest('hex') as CodeHash;
}

/** Where and why, in one line each: what a refusal says to people. */
export function formatPlace(place: CodePlace | undefined): string {
  return place === undefined ? 'code' : `line ${place.line}, column ${place.column}`;
}

function findRefusalBeforeParsing(text: string, bytesMax: number): Refusal | undefined {
  if (text.length > bytesMax || Buffer.byteLength(text) > bytesMax) {
    return { reason: `the code has more than ${bytesMax} bytes` };
  }
  const surrogate = text.search(/\p{Surrogate}/u);
  if (surrogate >= 0) return { reason: 'the code holds a lone surrogate', at: surrogate };
  const deepAt = findDeepBracket(text);
  if (deepAt >= 0) {
    return { reason: `brackets are nested more than ${CODE_NESTING_MAX} deep`, at: deepAt };
  }
  for (const { pattern, reason } of FILTERS) {
    const match = pattern.exec(text);
    if (match) return { reason, at: match.index + match[0].search(/import|eval|<|-|\//) };
  }
  return undefined;
}

/** A rough count, brackets in strings included: it spares the parser, it does not replace it. */
function findDeepBracket(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x28 || unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > CODE_NESTING_MAX) return at;
    } else if ((unit === 0x29 || unit === 0x5d || unit === 0x7d) && depth > 0) {
      depth -= 1;
    }
  }
  return -1;
}

function parseFunction(text: string): { readonly node: Node } | Refusal {
  const parsed = parseText(WRAP_BEFORE + text + WRAP_AFTER);
  return parsed instanceof SyntaxError
    ? describeSyntaxError(text, parsed)
    : findFunction(text, parsed);
}

const WHOLE_IS = 'code is exactly one function expression, `function (args, power) { … }`';

function findFunction(text: string, program: Program): { readonly node: Node } | Refusal {
  const start = text.search(/\S/);
  const wrong = (reason: string, node?: Node): Refusal => ({
    reason,
    at: node === undefined ? Math.max(start, 0) : node.start - WRAP_BEFORE.length,
  });
  const [, statement, extra] = program.body;
  if (statement?.type !== 'ExpressionStatement' || extra !== undefined) return wrong(WHOLE_IS);
  const outer = statement.expression;
  // The wrapper's own parentheses MUST span everything: otherwise the text has closed them.
  if (outer.type !== 'ParenthesizedExpression' || outer.end !== program.end) return wrong(WHOLE_IS);
  const node = outer.expression;
  if (node.type === 'ParenthesizedExpression') {
    return wrong('the function stands in parentheses: leave them out', node);
  }
  if (node.type === 'ClassExpression') return wrong('a class is no function expression', node);
  if (node.type !== 'FunctionExpression' && node.type !== 'ArrowFunctionExpression') {
    return wrong(WHOLE_IS, node);
  }
  if (node['async'] === true) return wrong(`the function is async, but ${ASYNC_HINT}`, node);
  if (node.generator === true) return wrong('the function is a generator', node);
  const third = node.params[2];
  if (third) return wrong('the function has more than the two parameters (args, power)', third);
  return { node };
}

function describeSyntaxError(text: string, error: { message: string; pos?: number }): Refusal {
  const at = Math.min(Math.max((error.pos ?? 0) - WRAP_BEFORE.length, 0), text.length);
  // A name in it may be as long as the text.
  const message = error.message.replace(/ \(\d+:\d+\)$/, '').slice(0, ERROR_TEXT_MAX);
  if (text.trim() === '') return { reason: 'there is no code', at: 0 };
  const before = text.slice(0, at);
  // Outside an async function `await` is a name: the parser only stumbles over what follows it.
  const awaitAt = before.search(/\bawait\s*$/);
  if (awaitAt >= 0 || /^await\b/.test(text.slice(at)) || /\bawait\b/.test(message)) {
    return { reason: `\`await\` is not allowed: ${ASYNC_HINT}`, at: awaitAt >= 0 ? awaitAt : at };
  }
  if (/^'?import/i.test(message) || /\bimport\s*$/.test(before)) {
    return { reason: '`import` is not allowed: what code may use comes in its power', at };
  }
  return describeOutside(text, at) ?? { reason: message, at };
}

/**
 * What is wrong when the parser stumbles before the function or behind it: whoever writes a module
 * with several functions learns what is wanted. Undefined when the fault is within the function.
 */
function describeOutside(text: string, at: number): Refusal | undefined {
  const before = text.slice(0, at);
  const alone = parseText(before);
  if (!(alone instanceof SyntaxError) && alone.body.length === 0) {
    if (at === text.length) return { reason: 'there is no code', at };
    return { reason: `${WHOLE_IS}; nothing but comments comes before it`, at };
  }
  const wrapped = parseText(WRAP_BEFORE + before + WRAP_AFTER);
  if (wrapped instanceof SyntaxError) return undefined;
  const found = findFunction(before, wrapped);
  if ('reason' in found) return found;
  const isSemicolon = text[at] === ';' && text.slice(at + 1).trim() === '';
  const what = isSemicolon ? 'no semicolon' : 'no other function: write helpers inside of it';
  return { reason: `nothing follows the function, also ${what}`, at };
}

/**
 * The first construct that is refused wherever it stands, or the first that is too deep: what
 * comes after the parser, V8 above all, goes as deep. Walks without recursion.
 */
function findRefusedSyntax(root: Node): Refusal | undefined {
  const open: unknown[] = [root];
  const depths: number[] = [0];
  let first: Refusal | undefined;
  while (open.length > 0) {
    const node = open.pop();
    const depth = depths.pop() ?? 0;
    if (isNode(node)) {
      const at = node.start - WRAP_BEFORE.length;
      const reason = depth > CODE_DEPTH_MAX ? TOO_DEEP : refusedBecause(node);
      if (reason !== undefined && (first?.at === undefined || at < first.at))
        first = { reason, at };
      if (depth > CODE_DEPTH_MAX) continue;
    } else if (!Array.isArray(node)) {
      continue;
    }
    for (const key in node) {
      const child: unknown = (node as unknown as Fields)[key];
      if (typeof child !== 'object' || child === null) continue;
      open.push(child);
      depths.push(Array.isArray(child) ? depth : depth + 1);
    }
  }
  return first;
}

const TOO_DEEP = `the code is nested more than ${CODE_DEPTH_MAX} deep, chains of operators included`;

type Fields = Readonly<Record<string, unknown>>;

function refusedBecause(node: Node): string | undefined {
  const fields = node as unknown as Fields;
  // A method's function starts at its parameters: the method itself is the better place.
  const value = fields['value'] as Fields | null | undefined;
  if (fields['async'] === true || value?.['async'] === true) {
    return `\`async\` is not allowed: ${ASYNC_HINT}`;
  }
  if (fields['await'] === true) return `\`for await\` is not allowed: ${ASYNC_HINT}`;
  switch (node.type) {
    case 'AwaitExpression':
      return `\`await\` is not allowed: ${ASYNC_HINT}`;
    case 'ImportExpression':
      return '`import` is not allowed: what code may use comes in its power';
    case 'MetaProperty':
      return (node as Node & { meta: { name: string } }).meta.name === 'import'
        ? '`import.meta` is not allowed'
        : undefined;
    case 'DebuggerStatement':
      return '`debugger` is not allowed';
    case 'WithStatement':
      return '`with` is not allowed';
    default:
      return undefined;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function placeOf(text: string, at: number): CodePlace {
  const lines = text.slice(0, at).split(/\r\n|[\n\r\u2028\u2029]/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
