import { COMMANDS, COMMON_OPTIONS, type CommandSpec } from './commands.ts';
import { flagOf, OPTION_SPECS, type OptionKey, shortFlagOf } from './options.ts';

/** The shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** Whether completion is made for `name`. */
export function isShell(name: string): name is Shell {
  return SHELLS.some(shell => shell === name);
}

/** The script that teaches a shell our commands, flags, values and the ids there are. Made from the tables of the parser. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

const takesId = ({ argument }: CommandSpec): boolean => argument?.name === '[adw_id]';
/** The words that can stand after a command that takes one of a few. */
function wordsAfter({ name }: CommandSpec): readonly string[] {
  return { completion: SHELLS, store: ['copy'], alarm: ['test'] }[name] ?? [];
}

const names = COMMANDS.map(({ name }) => name);

function keysOf(spec: CommandSpec): readonly OptionKey[] {
  return [...spec.options, ...COMMON_OPTIONS].filter(key => OPTION_SPECS[key].flags !== undefined);
}

/** Every flag that takes a path, with the kind of path. */
function pathFlags(): string[] {
  return Object.keys(OPTION_SPECS)
    .map(key => key as OptionKey)
    .filter(key => OPTION_SPECS[key].kind === 'path')
    .map(flagOf);
}

/** What bash sees of a command and the flag before what is typed, for every flag that takes one of a few values, with them. */
function choicePatterns(): (readonly [patterns: readonly string[], choices: readonly string[]])[] {
  const keys = Object.keys(OPTION_SPECS).map(key => key as OptionKey);
  return keys.flatMap(key => {
    const { choices } = OPTION_SPECS[key];
    if (choices === undefined) return [];
    // Two commands may have a flag of one name that means different options.
    const isShared = keys.some(other => other !== key && flagOf(other) === flagOf(key));
    const owners = isShared ? COMMANDS.filter(({ options }) => options.includes(key)).map(({ name }) => name) : ['*'];
    return [[owners.flatMap(owner => formsOf(key).map(form => `${owner}" ${form}"`)), choices] as const];
  });
}

/** The long flag, and the short one where there is one. */
function formsOf(key: OptionKey): readonly string[] {
  return [flagOf(key), shortFlagOf(key)].filter(flag => flag !== undefined);
}

function bash(): string {
  const flags = COMMANDS.map(spec => `    ${spec.name}) words="${keysOf(spec).map(flagOf).join(' ')}" ;;`);
  const choices = choicePatterns().map(
    ([patterns, values]) =>
      `    ${patterns.join('|')}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current")); return ;;`,
  );
  return `# bash completion for adw-stream: eval "$(adw-stream completion bash)"
_adw_stream() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  case "$command $previous" in
${choices.join('\n')}
  esac
  case "$previous" in
    ${pathFlags().join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names.join(' ')} $(adw-stream completion ids 2>/dev/null)" -- "$current"))
    return
  fi
  case "$command" in
${flags.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) case "$command" in
      ${COMMANDS.filter(takesId)
        .map(({ name }) => name)
        .join('|')}) COMPREPLY=($(compgen -W "$(adw-stream completion ids 2>/dev/null)" -- "$current")) ;;
${COMMANDS.filter(spec => wordsAfter(spec).length > 0)
  .map(spec => `      ${spec.name}) COMPREPLY=($(compgen -W "${wordsAfter(spec).join(' ')}" -- "$current")) ;;`)
  .join('\n')}
    esac ;;
  esac
}
complete -F _adw_stream adw-stream`;
}

function zsh(): string {
  const commands = COMMANDS.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = COMMANDS.map(spec => {
    const flags = keysOf(spec).map(key => `        ${zshFlag(key)}`);
    const rest = takesId(spec)
      ? [`        '1:adw id:_adw_stream_ids'`]
      : wordsAfter(spec).length > 0
        ? [`        '1:word:(${wordsAfter(spec).join(' ')})'`]
        : [];
    return `      ${spec.name}) _arguments \\\n${[...flags, ...rest].join(' \\\n')} ;;`;
  });
  return `#compdef adw-stream
# zsh completion for adw-stream: eval "$(adw-stream completion zsh)"
_adw_stream_ids() {
  local -a ids
  ids=(\${(f)"$(adw-stream completion ids 2>/dev/null)"})
  compadd -a ids
}
_adw_stream() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _adw_stream_ids
  else
    shift words
    (( CURRENT-- ))
    case "\${words[1]}" in
${cases.join('\n')}
    esac
  fi
}
compdef _adw_stream adw-stream`;
}

function zshFlag(key: OptionKey): string {
  const { kind, describe, choices } = OPTION_SPECS[key];
  const long = flagOf(key);
  const short = shortFlagOf(key);
  // Typed in one form, the other is no longer offered.
  const flag = short === undefined ? `'${long}` : `'(${short} ${long})'{${short},${long}}'`;
  const value =
    kind === 'switch' ? '' : choices ? `:value:(${choices.join(' ')})` : kind === 'path' ? ':path:_files' : ':value:';
  return `${flag}[${quoted(describe).replaceAll(/[[\]]/g, '')}]${value}'`;
}

function fish(): string {
  const top = COMMANDS.map(
    ({ name, summary }) => `complete -c adw-stream -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
  );
  const flags = COMMANDS.flatMap(spec => keysOf(spec).map(key => fishFlag(spec.name, key)));
  const words = COMMANDS.filter(spec => wordsAfter(spec).length > 0).map(
    spec => `complete -c adw-stream -n '__fish_seen_subcommand_from ${spec.name}' -a '${wordsAfter(spec).join(' ')}'`,
  );
  const withIds = COMMANDS.filter(takesId).map(({ name }) => name);
  return `# fish completion for adw-stream: adw-stream completion fish | source
complete -c adw-stream -f
complete -c adw-stream -n __fish_use_subcommand -a '(adw-stream completion ids 2>/dev/null)' -d ADW
${top.join('\n')}
complete -c adw-stream -n '__fish_seen_subcommand_from ${withIds.join(' ')}' -a '(adw-stream completion ids 2>/dev/null)' -d ADW
${words.join('\n')}
${flags.join('\n')}`;
}

function fishFlag(command: string, key: OptionKey): string {
  const { kind, describe, choices } = OPTION_SPECS[key];
  const value =
    kind === 'switch' ? '' : kind === 'path' ? ' -r -F' : ` -x${choices ? ` -a '${choices.join(' ')}'` : ''}`;
  const short = shortFlagOf(key);
  const flags = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${flagOf(key).slice(2)}`;
  return `complete -c adw-stream -n '__fish_seen_subcommand_from ${command}' ${flags}${value} -d '${quoted(describe)}'`;
}

/** Text inside single quotes: an apostrophe would end them. */
function quoted(text: string): string {
  return text.replaceAll("'", '’').replaceAll(':', ' –');
}
