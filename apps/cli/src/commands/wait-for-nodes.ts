import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import type { Rest } from "../rest/client.js";
import { type RevisionNode, type RevisionView, revisionView } from "../rest/views.js";

const LOOK_EVERY_MS = 400;

interface Waiting {
  readonly rest: Rest;
  readonly revision: number;
  readonly timeoutSeconds: number;
  readonly report: (line: string) => void;
}

function nodeLine({ name, state, appliedAt, applyMs, errors }: RevisionNode, createdAt: string): string | null {
  switch (state) {
    case "pending":
      return null;
    case "applied": {
      const seconds = appliedAt === null ? null : Math.max(0, Date.parse(appliedAt) - Date.parse(createdAt)) / 1_000;
      const after = seconds === null ? "" : ` after ${seconds.toFixed(2)} s`;
      return `${name}  applied${after}${applyMs === null ? "" : ` (${applyMs.toFixed(1)} ms at the node)`}`;
    }
    case "refused":
      return [`${name}  refused`, ...errors.map(({ code, path, message }) => `    ${code} at ${path}: ${message}`)].join("\n");
    default:
      return state satisfies never;
  }
}

/** One sentence on how it went; null while nodes are still to answer. */
function verdict({ number, state, nodes }: RevisionView): { readonly sentence: string; readonly ok: boolean } | null {
  const refused = nodes.filter((node) => node.state === "refused").length;
  const pending = nodes.filter((node) => node.state === "pending").length;
  if (state === "superseded") return { ok: false, sentence: `Revision ${number} was superseded by a later one before every node had it.` };
  if (pending > 0) return null;
  if (refused > 0)
    return {
      ok: false,
      sentence: `${refused} of ${nodes.length} nodes refused revision ${number} and keep the one before. Correct it, or roll back.`,
    };
  if (nodes.length === 0) return { ok: true, sentence: "No node is connected; those that come get this revision." };
  return { ok: true, sentence: `Revision ${number} is live on ${nodes.length} of ${nodes.length} nodes.` };
}

/** Waits until every connected node has answered, and tells each one's time. Ends the program with 1 for a refusal or when time runs out. */
export async function waitForNodes({ io, end }: Cli, { rest, revision, timeoutSeconds, report }: Waiting): Promise<void> {
  const { clock, say } = io;
  const deadline = clock.now() + timeoutSeconds * 1_000;
  const told = new Set<string>();
  for (;;) {
    const view = await rest.call({ method: "GET", path: `/revisions/${revision}`, answer: revisionView });
    for (const node of view.nodes) {
      const line = told.has(node.name) ? null : nodeLine(node, view.createdAt);
      if (line === null) continue;
      told.add(node.name);
      report(line);
    }
    const result = verdict(view);
    if (result !== null) {
      say(result.sentence);
      if (!result.ok) end(EXIT.failed);
      return;
    }
    if (clock.now() >= deadline) {
      const waitingFor = view.nodes.filter(({ state }) => state === "pending").map(({ name }) => name);
      say(`Not everywhere after ${timeoutSeconds} s: ${waitingFor.join(", ")}. The revision stays published; nodes get it when they answer.`);
      return end(EXIT.failed);
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}
