import { Argument, type Command } from "commander";
import type { Cli } from "../cli.js";

/** What may follow one command: its subcommands and options. */
interface Level {
  /** Commands that lead here, `join-token create`; empty at the top. */
  readonly path: string;
  readonly words: readonly string[];
}

function levelsOf(command: Command, path: readonly string[] = []): Level[] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const own: Level = { path: path.join(" "), words: [...command.commands.map((child) => child.name()), ...options, "--help"] };
  return [own, ...command.commands.flatMap((child) => levelsOf(child, [...path, child.name()]))];
}

/** Both shells ask: which commands stand before the cursor, and what fits behind them? Words are plain names, so nothing needs quoting. */
const bash = (levels: readonly Level[]): string => `_sallyport() {
  local word path="" words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${levels.map(({ path, words }) => `    "${path}") words="${words.join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _sallyport sallyport`;

const zsh = (levels: readonly Level[]): string => `#compdef sallyport
autoload -U +X bashcompinit && bashcompinit
${bash(levels)}`;

const fish = (levels: readonly Level[]): string =>
  levels
    .map(({ path, words }) => {
      const names = path === "" ? [] : path.split(" ");
      const condition = names.length === 0 ? "__fish_use_subcommand" : names.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
      return `complete -c sallyport -n "${condition}" -a "${words.join(" ")}"`;
    })
    .join("\n");

const SHELLS = { bash, zsh, fish } as const;
type Shell = keyof typeof SHELLS;

/** `sallyport completion`: a script for the shell, made from the commands as they are. */
export function registerCompletion(program: Command, { io }: Cli): void {
  program
    .command("completion")
    .description("completion for a shell: source <(sallyport completion bash)")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
    .action((shell: Shell) => io.out(SHELLS[shell](levelsOf(program))));
}
