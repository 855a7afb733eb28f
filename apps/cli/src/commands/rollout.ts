import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { listOf, type RolloutView, rolloutRow, rolloutView } from "../rest/views.js";
import { wholeNumber } from "./options.js";

type Stage = RolloutView["plan"]["stages"][number];
type Decisions = NonNullable<RolloutView["measured"]>["after"];

const WAITS = {
  nodes: "waits for its nodes to run it",
  soak: "waits for the stage's time",
  promotion: "waits for somebody to promote it",
  resume: "waits to be resumed",
  judgement: "halts if its nodes go on refusing more",
} as const;

const stageText = ({ percent, groups, nodes }: Stage): string =>
  percent === undefined ? (nodes ?? []).join(" ") : `${percent} %${groups === undefined ? "" : ` of ${groups.join(" and ")}`}`;
const share = ({ total, refused }: Decisions): string => (total === 0 ? "no requests" : `${((100 * refused) / total).toFixed(1)} % of ${total}`);

function describe(view: RolloutView): string[] {
  const { measured } = view;
  return [
    ...fieldLines([
      ["rollout of", `revision ${view.revision}, over ${view.base}`],
      ["comment", view.comment],
      ["author", view.authorName],
      ["state", `${view.state.replace("_", " ")}${view.waitsFor === null ? "" : `, ${WAITS[view.waitsFor]}`}`],
      ["stage", `${view.stage} of ${view.stages} (${view.plan.stages.map(stageText).join(", ")})`],
      ...(view.soakUntil === null ? [] : ([["stage until", view.soakUntil]] as const)),
      ...(view.halted === null ? [] : ([["halted", view.halted]] as const)),
      ...(view.endedBy === null ? [] : ([["ended by", `revision ${view.endedBy}`]] as const)),
      ...(measured === null
        ? []
        : ([
            ["refused, new", share(measured.after)],
            ["same, before", share(measured.before)],
            ["refused, old", share(measured.others)],
          ] as const)),
    ]),
    "",
    ...tableLines(
      ["node", "group", "stage", "state", "runs", "took", "error"],
      view.nodes.map(({ name, group, stage, state, revision, tookMs, errors }) => {
        const [first] = errors;
        const why = first === undefined ? "" : `${first.code} at ${first.path}: ${first.message}`;
        return [name, group, stage ?? "last", state, revision, tookMs === null ? "–" : `${(tookMs / 1_000).toFixed(2)} s`, why];
      }),
    ),
  ];
}

const VERBS = {
  promote: "open the next stage now",
  pause: "open no stage until it is resumed; what harms still halts it",
  resume: "go on with the stage where it is; its time begins anew",
  abort: "end it where it is: each node keeps what it has",
  rollback: "end it with a new revision of the old content, for all nodes",
} as const;

/** `sallyport rollout`: a revision on its way in stages. Without a number, the newest one is meant. */
export function registerRollout(program: Command, cli: Cli): void {
  const { io } = cli;
  const rollout = program.command("rollout").description("revisions on their way in stages");

  async function numberOf(asked: number | undefined): Promise<number> {
    if (asked !== undefined) return asked;
    const rest = await cli.rest();
    const [newest] = (await rest.call({ method: "GET", path: "/rollouts", query: { limit: 1 }, answer: listOf(rolloutRow) })).items;
    if (newest === undefined) throw new Failure("Nothing was published in stages yet.");
    return newest.revision;
  }

  withFormat(rollout.command("ls").description("newest first").option("--limit <number>", "how many at most", wholeNumber, 20)).action(
    async ({ limit, ...format }: FormatOptions & { readonly limit: number }) => {
      const { items } = await readPages(await cli.rest(), { path: "/rollouts", item: rolloutRow, limit });
      print(io, format, { items }, () =>
        tableLines(
          ["revision", "state", "stage", "age", "author", "comment", "halted"],
          items.map((row) => [
            ...[row.revision, row.state.replace("_", " "), `${row.stage}/${row.stages}`, age(row.createdAt, io.clock.now()), row.authorName],
            ...[row.comment, row.halted ?? ""],
          ]),
        ),
      );
    },
  );

  withFormat(
    rollout.command("status").argument("[revision]", "its number", wholeNumber).description("where it stands, at each node, and what was measured"),
  ).action(async (asked: number | undefined, format: FormatOptions) => {
    const rest = await cli.rest();
    const view = await rest.call({ method: "GET", path: `/rollouts/${await numberOf(asked)}`, answer: rolloutView });
    print(io, format, view, () => describe(view));
  });

  for (const verb of ["promote", "pause", "resume", "abort", "rollback"] as const) {
    withFormat(rollout.command(verb).argument("[revision]", "its number", wholeNumber).description(VERBS[verb])).action(
      async (asked: number | undefined, format: FormatOptions) => {
        const rest = await cli.rest();
        const view = await rest.call({ method: "POST", path: `/rollouts/${await numberOf(asked)}/${verb}`, answer: rolloutView });
        print(io, format, view, () => describe(view));
      },
    );
  }
}
