// Completion, bash: a script that needs nothing but bash, and never runs what is being typed.

import type { CompletedCommand, CompletedOption, Offer } from './completion-tree.ts';

/** The script for a tree of commands. */
export function formatBash(root: CompletedCommand): string {
  const all = flatten(root);
  return `# bash completion for qrt, as \`qrt completion bash\` writes it.
_qrt() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' count=0 at word skip=''
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ -n $skip ]]; then
      skip=''
    elif [[ $word == -* ]]; then
      case "$command:$word" in
${all.flatMap(linesOfValues).join('\n')}
      esac
    else
      case "$command $word" in
${all.flatMap(linesOfCommands).join('\n')}
        *) count=$((count + 1)) ;;
      esac
    fi
  done
  COMPREPLY=()
  if [[ -n $skip ]]; then
    _qrt_offer "$skip" "$cur"
    return
  fi
  if [[ $cur == -* ]]; then
    case "$command" in
${all.map(linesOfOptions).join('\n')}
    esac
    return
  fi
  case "$command:$count" in
${all.flatMap(linesOfArguments).join('\n')}
  esac
}
_qrt_offer() {
  local word names='' home
  case "$1" in
    directories | files)
      names=bare
      if type compopt >/dev/null 2>&1; then
        names=''
        compopt -o filenames 2>/dev/null
      fi
      ;;
  esac
  while IFS= read -r word; do
    # bash 3 has no compopt, and would put a name that holds $(…) into the line as a command.
    if [[ -n $names ]]; then
      home=''
      case "$word" in '~/'*) home='~/' ;; esac
      printf -v word '%s%q' "$home" "\${word#"$home"}"
    fi
    COMPREPLY+=("$word")
  done < <(
    case "$1" in
      directories) compgen -d -- "$2" ;;
      files) compgen -f -- "$2" ;;
      nothing) ;;
      *) compgen -W "$1" -- "$2" ;;
    esac
  )
}
complete -F _qrt qrt
`;
}

const flatten = (command: CompletedCommand): readonly CompletedCommand[] => [
  command,
  ...command.commands.flatMap(flatten),
];

const nameOf = ({ words }: CompletedCommand): string => words.join(' ');

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const wordOf = (offer: Offer): string => quote(typeof offer === 'string' ? offer : offer.join(' '));

const namesOf = ({ short, long }: CompletedOption): readonly string[] =>
  short === undefined || short === long ? [long] : [short, long];

/** Options that are followed by a value, and what may stand there. */
const linesOfValues = (command: CompletedCommand): readonly string[] =>
  command.options.flatMap((option) => {
    if (option.value === undefined) return [];
    const patterns = namesOf(option).map((name) => quote(`${nameOf(command)}:${name}`));
    return [`        ${patterns.join(' | ')}) skip=${wordOf(option.value.offer)} ;;`];
  });

/** Words that lead to another command, as long as no argument stands before them. */
const linesOfCommands = (command: CompletedCommand): readonly string[] =>
  command.commands.map((child) => {
    const typed = `${nameOf(command)} ${child.words.at(-1)}`;
    return `        ${quote(typed)}) command=${quote(nameOf(child))} ;;`;
  });

const linesOfOptions = (command: CompletedCommand): string => {
  const names = command.options.map(({ long }) => long).join(' ');
  return `      ${quote(nameOf(command))}) _qrt_offer ${quote(names)} "$cur" ;;`;
};

const linesOfArguments = (command: CompletedCommand): readonly string[] => {
  const { commands, values, isVariadic } = command;
  const name = nameOf(command);
  if (commands.length > 0) {
    const words = commands.map((child) => child.words.at(-1)).join(' ');
    return [`    ${quote(`${name}:0`)}) _qrt_offer ${quote(words)} "$cur" ;;`];
  }
  return values.map(({ offer }, index) => {
    const isLast = isVariadic && index === values.length - 1;
    const pattern = isLast ? `${quote(`${name}:`)}*` : quote(`${name}:${index}`);
    return `    ${pattern}) _qrt_offer ${wordOf(offer)} "$cur" ;;`;
  });
};
