import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { noContent, publishedAnswer, publishRequests } from "../rest/views.js";
import { REASON, TIMEOUT, WAIT, wholeNumber } from "./options.js";
import { waitForNodes } from "./wait-for-nodes.js";

const TIMEOUT_MS = 180_000;

interface ApproveOptions extends FormatOptions {
  readonly wait?: boolean;
  readonly timeout: number;
}

/** `sallyport approvals`: publishes that wait for a second person. */
export function registerApprovals(program: Command, cli: Cli): void {
  const { io } = cli;
  const approvals = program.command("approvals").description("publishes that wait for a second person, where the installation asks for one");

  withFormat(approvals.command("list").description("list them, those that wait first")).action(async (format: FormatOptions) => {
    const { items } = await (await cli.rest()).call({ method: "GET", path: "/approvals", answer: publishRequests });
    const now = io.clock.now();
    print(io, format, { items }, () =>
      tableLines(
        ["id", "state", "asked", "by", "decided by", "sections", "comment"],
        items.map((row) => [
          String(row.id),
          row.isVoid ? "void" : row.state,
          age(row.requestedAt, now),
          row.requestedByName,
          row.decidedByName ?? "",
          row.sections.join(" "),
          row.comment,
        ]),
      ),
    );
  });

  const approve = approvals
    .command("approve")
    .description("publish what somebody else asked for, exactly as it was reviewed")
    .argument("<id>", "of the request", wholeNumber)
    .option(...WAIT)
    .option(...TIMEOUT);
  withFormat(approve).action(async (id: number, { wait = false, timeout, ...format }: ApproveOptions) => {
    const rest = await cli.rest();
    const { revision } = await rest.call({ method: "POST", path: `/approvals/${id}/approve`, answer: publishedAnswer, timeoutMs: TIMEOUT_MS });
    io.say(`Published revision ${revision}.`);
    if (wait) await waitForNodes(cli, { rest, revision, timeoutSeconds: timeout, report: io.say });
    print(io, format, { revision }, () => []);
  });

  approvals
    .command("reject")
    .description("reject a request, or withdraw your own")
    .argument("<id>", "of the request", wholeNumber)
    .requiredOption(...REASON)
    .action(async (id: number, { reason }: { readonly reason: string }) => {
      await (await cli.rest()).call({ method: "POST", path: `/approvals/${id}/reject`, body: { reason }, answer: noContent });
      io.say(`Request ${id} is rejected.`);
    });
}
