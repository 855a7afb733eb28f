import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

/** What the program has of the outside world besides files and the network. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Everything on standard input, as text. */
  readInput(): Promise<string>;
  /** Data: standard output. */
  out(line: string): void;
  /** Messages: standard error. */
  say(line: string): void;
  /** Whether data may be coloured: a terminal, and no NO_COLOR. */
  readonly colour: boolean;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
}

/** The process's own. */
export function processIo(): Io {
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    readInput: () => text(stdin),
    out: (line) => void stdout.write(`${line}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    // https://no-color.org: set and not empty.
    colour: stdout.isTTY === true && !env.NO_COLOR,
    clock: { now: Date.now, sleep: (ms) => pause(ms) },
  };
}
