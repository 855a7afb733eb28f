import { type Command, Option } from "commander";
import { stringify } from "yaml";
import type { Io } from "../io.js";

export interface FormatOptions {
  readonly output: "table" | "json" | "yaml";
  readonly json?: boolean;
}

/** Adds `-o, --output` and its short form `--json`. */
export const withFormat = (command: Command): Command =>
  command
    .addOption(new Option("-o, --output <format>", "form of the data").choices(["table", "json", "yaml"]).default("table"))
    .option("--json", "the same as -o json");

/**
 * Data to standard output in the form that was asked for.
 * @param lines the form for people
 */
export function print(io: Io, { output, json = false }: FormatOptions, value: unknown, lines: () => readonly string[]): void {
  const format = json ? "json" : output;
  switch (format) {
    case "json":
      io.out(JSON.stringify(value, null, 2));
      break;
    case "yaml":
      io.out(stringify(value, { lineWidth: 0 }).trimEnd());
      break;
    case "table":
      for (const line of lines()) io.out(line);
      break;
    default:
      format satisfies never;
  }
}
