import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { loadDocuments } from "../documents/load-documents.js";
import { EXIT } from "../exit-codes.js";
import { changeLines, changeSummary, hasChanges } from "../output/change-lines.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { servingLines } from "../output/review-lines.js";
import { Refusal } from "../rest/client.js";
import { type PlannedChange, type Serving, servingAnswer } from "../rest/views.js";
import { FILES } from "./options.js";
import { isForPeople, sectionOf } from "./section-of.js";
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
    const reach = await reachOf(cli, changes);
    print(io, format, { changes, ...(reach === null ? {} : { reach }) }, () => [
      ...changeLines(changes, io.colour),
      ...(reach === null ? [] : ["", ...reachLines(reach)]),
    ]);
    io.say(changeSummary(changes));
    if (hasChanges(changes)) cli.end(EXIT.changes);
  });
}

interface DiffReach extends Serving {
  /** Sections whose hash would change. */
  readonly sections: readonly string[];
  /** Sections of which only people would see something. */
  readonly metadataOnly: readonly string[];
}

const reachLines = (reach: DiffReach): string[] => [
  ...(reach.sections.length === 0 ? [] : [`other hashes: ${reach.sections.join(", ")}`, ...servingLines(reach)]),
  ...(reach.metadataOnly.length === 0 ? [] : [`for people only, nothing for nodes: ${reach.metadataOnly.join(", ")}`]),
];

/** How far it would go; null when nothing changes, and for a token that may not read the draft. */
async function reachOf(cli: Cli, changes: readonly PlannedChange[]): Promise<DiffReach | null> {
  const changing = changes.filter(({ change }) => change !== "unchanged");
  if (changing.length === 0) return null;
  const sections = [...new Set(changing.filter((change) => !isForPeople(change)).map(sectionOf))].sort();
  const metadataOnly = [...new Set(changing.map(sectionOf))].filter((name) => !sections.includes(name)).sort();
  try {
    const rest = await cli.rest();
    const serving = await rest.call({ method: "POST", path: "/draft/serving", body: { sections }, answer: servingAnswer });
    return { ...serving, sections, metadataOnly };
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 403) throw error;
    cli.io.say("Which nodes would get it is not shown: the token may not read the draft.");
    return null;
  }
}
