import type { Command } from "commander";
import type { z } from "zod";
import type { Cli } from "../cli.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { listOf, noContent, nodeDetail, nodeView } from "../rest/views.js";

const rounded = (value: number | null, digits = 0): string | null => (value === null ? null : value.toFixed(digits));

function keyFields({ since, askedAt, previous }: NonNullable<z.output<typeof nodeDetail>["key"]>, now: number): [string, string][] {
  const overlap = previous !== null && Date.parse(previous.acceptedUntil) > now ? `; the one before is good until ${previous.acceptedUntil}` : "";
  const asked = askedAt === null ? "" : `; asked to renew it ${age(askedAt, now)}`;
  return [["key since", `${since} (${age(since, now)}${previous === null ? ", since its enrolment" : ""})${overlap}${asked}`]];
}

/** `sallyport nodes ls`, `describe` and `renew`. */
export function registerNodes(program: Command, cli: Cli): void {
  const { io } = cli;
  const nodes = program.command("nodes").description("the gateway nodes: what each runs, and how it is");

  withFormat(nodes.command("ls").description("every enrolled node")).action(async (format: FormatOptions) => {
    const rest = await cli.rest();
    const { items } = await rest.call({ method: "GET", path: "/nodes", answer: listOf(nodeView) });
    print(io, format, { items }, () =>
      tableLines(
        ["name", "group", "sync", "health", "revision", "req/s", "p95 µs", "heartbeat", "version"],
        items.map((node) => [
          node.name,
          node.group,
          node.sync,
          node.health,
          node.revision,
          rounded(node.requestsPerSecond, 1),
          rounded(node.p95),
          age(node.lastHeartbeatAt, io.clock.now()),
          node.version,
        ]),
      ),
    );
  });

  withFormat(nodes.command("describe <name>").description("one node")).action(async (name: string, format: FormatOptions) => {
    const rest = await cli.rest();
    const node = await rest.call({ method: "GET", path: `/nodes/${encodeURIComponent(name)}`, answer: nodeDetail });
    const now = io.clock.now();
    print(io, format, node, () =>
      fieldLines([
        ["name", node.name],
        ["group", node.group],
        ["version", node.version],
        ["sync", `${node.sync}: runs ${node.revision ?? "nothing"}, should run ${node.targetRevision ?? "nothing"}`],
        ["health", node.health],
        ["root hash", node.rootHash],
        ["heartbeat", `${age(node.lastHeartbeatAt, now)} (${node.lastHeartbeatAt ?? "none"})`],
        ["requests/s", rounded(node.requestsPerSecond, 1)],
        ["pipeline µs", `p50 ${rounded(node.p50) ?? "–"}, p95 ${rounded(node.p95) ?? "–"}`],
        ["key", node.kid],
        ...(node.key === undefined ? [] : keyFields(node.key, now)),
        ["last error", node.lastError],
        ["problems", node.problems.join("; ") || "none"],
      ]),
    );
  });

  nodes
    .command("renew <name>")
    .description("have a node renew its keys now; it does so with its next heartbeat")
    .action(async (name: string) => {
      const rest = await cli.rest();
      await rest.call({ method: "POST", path: `/nodes/${encodeURIComponent(name)}/renew-key`, answer: noContent });
      io.say(`${name} is asked to renew its keys. "sallyport nodes describe ${name}" says when it has.`);
    });
}
