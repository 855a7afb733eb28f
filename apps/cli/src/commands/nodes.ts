import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { listOf, nodeView } from "../rest/views.js";

const rounded = (value: number | null, digits = 0): string | null => (value === null ? null : value.toFixed(digits));

/** `sallyport nodes ls` and `describe`. */
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
    const node = await rest.call({ method: "GET", path: `/nodes/${encodeURIComponent(name)}`, answer: nodeView });
    print(io, format, node, () =>
      fieldLines([
        ["name", node.name],
        ["group", node.group],
        ["version", node.version],
        ["sync", `${node.sync}: runs ${node.revision ?? "nothing"}, should run ${node.targetRevision ?? "nothing"}`],
        ["health", node.health],
        ["root hash", node.rootHash],
        ["heartbeat", `${age(node.lastHeartbeatAt, io.clock.now())} (${node.lastHeartbeatAt ?? "none"})`],
        ["requests/s", rounded(node.requestsPerSecond, 1)],
        ["pipeline µs", `p50 ${rounded(node.p50) ?? "–"}, p95 ${rounded(node.p95) ?? "–"}`],
        ["last error", node.lastError],
        ["problems", node.problems.join("; ") || "none"],
      ]),
    );
  });
}
