// Completion, zsh: one function a command, put together with zsh's own `_arguments`.

import type { CompletedCommand, CompletedOption, Value } from './completion-tree.ts';

/** The script for a tree of commands. */
export function formatZsh(root: CompletedCommand): string {
  return `#compdef qrt
# zsh completion for qrt, as \`qrt completion zsh\` writes it.
${functionsOf(root).join('\n')}
# Both ways of loading it: found by zsh in a folder of $fpath, or sourced.
if [[ $funcstack[1] == _qrt ]]; then
  _qrt "$@"
else
  compdef _qrt qrt
fi
`;
}

const nameOf = ({ words }: CompletedCommand): string => ['_qrt', ...words].join('_');

function functionsOf(command: CompletedCommand): readonly string[] {
  const { commands } = command;
  const own =
    commands.length > 0 ? dispatch(command) : `_arguments ${specsOf(command).join(' \\\n    ')}`;
  const text = `${nameOf(command)}() {\n  ${own}\n}`;
  return [...commands.flatMap(functionsOf), text];
}

/** Offers the commands below this one, or hands over to the one that was typed. */
function dispatch(command: CompletedCommand): string {
  const { commands } = command;
  const listed = commands.map(
    ({ words, description }) => `${quote(`${words.at(-1)}:${description}`)}`,
  );
  const cases = commands.map((child) => `${child.words.at(-1)}) ${nameOf(child)} ;;`);
  return `local -a commands
  local context state state_descr line
  typeset -A opt_args
  _arguments -C ${command.options.map(specOf).join(' \\\n    ')} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command)
      commands=(
        ${listed.join('\n        ')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
        ${cases.join('\n        ')}
      esac
      ;;
  esac`;
}

function specsOf({ options, values, isVariadic }: CompletedCommand): readonly string[] {
  const places = values.map((value, index) => {
    const place = isVariadic && index === values.length - 1 ? '*' : String(index + 1);
    return quote(`${place}:${value.name}:${actionOf(value)}`);
  });
  return [...options.map(specOf), ...places];
}

function specOf({ short, long, description, value, isRepeated }: CompletedOption): string {
  const about = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  const rest = value === undefined ? '' : `:${value.name}:${actionOf(value)}`;
  const names = short === undefined || short === long ? [long] : [short, long];
  const star = isRepeated ? '*' : '';
  // One that may be given once keeps its other name from being offered, too.
  const once = isRepeated || names.length === 1 ? '' : `(${names.join(' ')})`;
  return names.map((name) => quote(`${once}${star}${name}${about}${rest}`)).join(' ');
}

function actionOf({ offer }: Value): string {
  if (offer === 'directories') return '_directories';
  if (offer === 'files') return '_files';
  return offer === 'nothing' ? ' ' : `(${offer.join(' ')})`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
