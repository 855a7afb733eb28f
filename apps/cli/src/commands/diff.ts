import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { loadDocuments } from "../documents/load-documents.js";
import { EXIT } from "../exit-codes.js";
import { changeLines, changeSummary, hasChanges } from "../output/change-lines.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { FILES } from "./options.js";
import { sendDocuments } from "./send-documents.js";

interface DiffOptions extends FormatOptions {
  readonly file: readonly string[];
  readonly prune?: boolean;
}

/** `sallyport diff`: what applying would change in the draft. */
export function registerDiff(program: Command, cli: Cli): void {
  const command = program
    .command("diff")
    .description("what applying these files would change; exit code 2 when that is anything")
    .requiredOption(...FILES)
    .option("--prune", "as apply --prune would");
  withFormat(command).action(async ({ file, prune = false, ...format }: DiffOptions) => {
    const { io } = cli;
    const { documents } = await loadDocuments(file, io.readInput);
    const changes = await sendDocuments(await cli.rest(), documents, { prune, apply: false, env: io.env });
    print(io, format, { changes }, () => changeLines(changes, io.colour));
    io.say(changeSummary(changes));
    if (hasChanges(changes)) cli.end(EXIT.changes);
  });
}
