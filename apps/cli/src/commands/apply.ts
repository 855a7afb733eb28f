import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { loadDocuments } from "../documents/load-documents.js";
import { Failure } from "../failure.js";
import { changeLines, changeSummary, hasChanges } from "../output/change-lines.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { draftAnswer } from "../rest/views.js";
import { FILES, MESSAGE } from "./options.js";
import { type PublishingOptions, publish, publishingOf, withPublishing } from "./publish.js";
import { sectionOf } from "./section-of.js";
import { sendDocuments } from "./send-documents.js";

interface ApplyOptions extends FormatOptions, PublishingOptions {
  readonly file: readonly string[];
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly publish?: boolean;
  readonly message?: string;
}

async function applyFiles(cli: Cli, options: ApplyOptions, command: Command): Promise<void> {
  const { io } = cli;
  const { prune = false, dryRun = false, publish: publishes = false, message } = options;
  // Before anything is written: what does not go together is no half-done deed.
  const publishing = publishingOf(options, command);
  if (!publishes && (publishing.rollout !== undefined || publishing.supersede)) throw new Failure("--stages and --supersede need --publish.");
  if (publishes && dryRun) throw new Failure("--dry-run and --publish exclude each other.");
  if (publishes && message === undefined) throw new Failure("--publish needs a comment: -m “why”.");
  const { documents } = await loadDocuments(options.file, io.readInput);
  const rest = await cli.rest();
  const changes = await sendDocuments(rest, documents, { prune, apply: !dryRun, env: io.env });
  print(io, options, { changes }, () => changeLines(changes, io.colour));
  io.say(dryRun ? `${changeSummary(changes)}; nothing was written` : changeSummary(changes));
  if (dryRun) return;
  if (!publishes || message === undefined) {
    if (hasChanges(changes)) io.say("In the draft. Nodes get it by sallyport publish -m “why”.");
    return;
  }
  const { sections } = await rest.call({ method: "GET", path: "/draft", answer: draftAnswer });
  const touched = new Set(changes.map(sectionOf));
  const differing = sections.map(({ name }) => name).filter((name) => touched.has(name));
  const others = sections.length - differing.length;
  // A half-finished edit elsewhere is not this author's to publish.
  if (others > 0) io.say(`${others} unpublished section${others === 1 ? "" : "s"} that these files do not touch: left alone.`);
  if (differing.length === 0) io.say("What these files say is live; there is nothing to publish.");
  else await publish(cli, { message, sections: differing, report: io.say, ...publishing });
}

/** `sallyport apply`: files into the draft, all or nothing, and on to the nodes where asked. */
export function registerApply(program: Command, cli: Cli): void {
  const command = program
    .command("apply")
    .description("make the draft what these files say, all or nothing")
    .requiredOption(...FILES)
    .option("--prune", "delete what the files leave out of what they own: a Tenant document its tenant, the Fleet document everything")
    .option("--dry-run", "check everything and write nothing")
    .option("--publish", "publish what these files touch afterwards")
    .option(...MESSAGE);
  withFormat(withPublishing(command)).action((options: ApplyOptions, self: Command) => applyFiles(cli, options, self));
}
