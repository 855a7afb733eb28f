import type { Problem } from "../health/health.js";
import type { NodeRow } from "../nodes/node-rows.js";
import type { RevisionRow } from "../revisions/revision-rows.js";

/** One sentence in parts; when not all is well, the last part says what is not. */
export interface Health {
  readonly ok: boolean;
  readonly sentence: readonly string[];
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Is anything wrong right now? A problem of low severity is told below, and no reason for alarm. */
export function healthOfFleet(nodes: readonly NodeRow[], live: RevisionRow | null, problems: readonly Problem[]): Health {
  const active = nodes.filter(({ status }) => status === "active");
  const serving = active.filter(({ health }) => health === "serving").length;
  const grave = problems.filter(({ severity }) => severity !== "low").length;
  if (live === null) {
    const sentence = ["Nothing is published yet.", ...(grave > 0 ? [`${plural(grave, "problem needs", "problems need")} somebody.`] : [])];
    return { ok: grave === 0, sentence };
  }
  if (active.length === 0) return { ok: false, sentence: [`Revision ${live.number} is published,`, "but no node has enrolled to serve it."] };
  const nodesServe = `${serving} of ${plural(active.length, "node serves", "nodes serve")}`;
  const revision = live.state === "live" ? `revision ${live.number} is live` : `revision ${live.number} is at ${live.applied} of ${live.targets}`;
  if (grave === 0) return { ok: true, sentence: [`All is well: ${nodesServe}, ${revision}.`] };
  return { ok: false, sentence: [`${nodesServe}, ${revision};`, `${plural(grave, "problem needs", "problems need")} somebody.`] };
}
