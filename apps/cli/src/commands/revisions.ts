import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { age } from "../output/age.js";
import { changeLines } from "../output/change-lines.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { type RevisionView, revisionRow, revisionView } from "../rest/views.js";
import { wholeNumber } from "./options.js";
import { registerReceipt } from "./receipt.js";

const AS_PLANNED = { added: "create", changed: "update", removed: "delete" } as const;

function describe(view: RevisionView, colour: boolean): string[] {
  const objects = view.changes.flatMap(({ tenant, objects: changed }) =>
    changed.map(({ kind, name, change, fields }) => ({ kind, name, ...(tenant === null ? {} : { tenant }), change: AS_PLANNED[change], fields })),
  );
  return [
    ...fieldLines([
      ["revision", view.number],
      ["comment", view.comment],
      ["author", view.authorName],
      ["created", view.createdAt],
      ["state", `${view.state}, ${view.applied} of ${view.targets} nodes`],
      ["root hash", view.rootHash],
      ...(view.rolledBackFrom === null ? [] : ([["content of", view.rolledBackFrom]] as const)),
    ]),
    "",
    ...tableLines(
      ["node", "state", "applied at", "ms"],
      view.nodes.map(({ name, state, appliedAt, applyMs }) => [name, state, appliedAt, applyMs]),
    ),
    "",
    ...changeLines(objects, colour),
  ];
}

/** `sallyport revisions ls` and `show`. */
export function registerRevisions(program: Command, cli: Cli): void {
  const { io } = cli;
  const revisions = program.command("revisions").description("what was published, by whom, and where it runs");

  withFormat(revisions.command("ls").description("newest first").option("--limit <number>", "how many at most", wholeNumber, 20)).action(
    async ({ limit, ...format }: FormatOptions & { readonly limit: number }) => {
      const { items } = await readPages(await cli.rest(), { path: "/revisions", item: revisionRow, limit });
      print(io, format, { items }, () =>
        tableLines(
          ["revision", "state", "nodes", "age", "author", "comment"],
          items.map((row) => [
            row.number,
            row.state,
            `${row.applied}/${row.targets}`,
            age(row.createdAt, io.clock.now()),
            row.authorName,
            row.comment,
          ]),
        ),
      );
    },
  );

  withFormat(
    revisions.command("show").argument("<revision>", "its number", wholeNumber).description("one revision: nodes and field-level changes"),
  ).action(async (number: number, format: FormatOptions) => {
    const rest = await cli.rest();
    const view = await rest.call({ method: "GET", path: `/revisions/${number}`, answer: revisionView });
    print(io, format, view, () => describe(view, io.colour));
  });

  registerReceipt(revisions, cli);
}
