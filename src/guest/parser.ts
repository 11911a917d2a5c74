// Parser: acorn, as the code check needs it: strict in its errors, and never slower than the text is long.
//
// acorn looks for a declared name by going through all those of its scope: a text of half a million
// bytes that declares one name after another would keep it busy for minutes.

import { Parser, type Program } from 'acorn';

const OPTIONS = { ecmaVersion: 2024, sourceType: 'script', preserveParens: true } as const;
const STACK_TEXT = 'Not enough stack space';

/** A fault of the text, and where. */
export type ParseFault = SyntaxError & { readonly pos?: number };

/** Parses a script. Throws RangeError when the stack is exhausted. */
export function parseText(text: string): Program | ParseFault {
  try {
    return QuickParser.parse(text, OPTIONS);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser meets the end of the stack and reports it as a fault of the text.
    if (error.message.startsWith(STACK_TEXT)) throw new RangeError('stack exhausted');
    return error;
  }
}

/** What acorn uses of the lists of names in a scope: only the first and the search. */
interface NameList {
  0?: string;
  readonly indexOf: (name: string) => number;
  readonly push: (name: string) => void;
}

interface Scope {
  var: NameList;
  lexical: NameList;
  functions: NameList;
}

interface ScopedParser {
  enterScope(flags: number): void;
  currentScope(): Scope;
}

const QuickParser = Parser.extend((Base) => {
  const { prototype } = Base as unknown as { prototype: ScopedParser };

  class Quick extends Base {
    enterScope(flags: number): void {
      prototype.enterScope.call(this, flags);
      const scope = prototype.currentScope.call(this);
      scope.var = makeNameList();
      scope.lexical = makeNameList();
      scope.functions = makeNameList();
    }
  }
  return Quick;
});

function makeNameList(): NameList {
  let names: Map<string, number> | undefined;
  const list: NameList = {
    indexOf: (name) => names?.get(name) ?? -1,
    push(name) {
      names ??= new Map();
      if (names.size === 0) list[0] = name;
      if (!names.has(name)) names.set(name, names.size);
    },
  };
  return list;
}
