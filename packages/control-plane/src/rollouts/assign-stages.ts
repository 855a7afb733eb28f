import { sha256Hex } from "@sallyport/pipeline-node";
import type { RolloutPlan } from "./rollout-plan.schemas.js";

/** A node that could take part. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  /** Name of its group. */
  readonly group: string;
  readonly connected: boolean;
}

/**
 * Which stage each node belongs to, counted from 0: the first that reaches it. Named nodes are where they are named; percents are filled
 * up group by group with connected nodes first, in an order that is another for each revision, so that no node is always the canary.
 * @param plan one whose last stage is 100 %
 */
export function assignStages(plan: RolloutPlan, nodes: readonly Candidate[], revision: number): Map<string, number> {
  const stages = new Map<string, number>();
  const drawn = new Map(nodes.map(({ id }) => [id, sha256Hex(`${revision}/${id}`)]));
  const inOrder = [...nodes].sort(
    (a, b) => Number(b.connected) - Number(a.connected) || ((drawn.get(a.id) ?? "") < (drawn.get(b.id) ?? "") ? -1 : 1),
  );
  const everyGroup = new Set(nodes.map(({ group }) => group));
  for (const [index, { percent, nodes: names, groups = everyGroup }] of plan.stages.entries()) {
    if (names !== undefined) {
      for (const { id, name } of inOrder) if (names.includes(name) && !stages.has(id)) stages.set(id, index);
      continue;
    }
    for (const group of groups) {
      const members = inOrder.filter((node) => node.group === group);
      const waiting = members.filter(({ id }) => !stages.has(id));
      const wanted = Math.ceil((members.length * (percent ?? 100)) / 100) - (members.length - waiting.length);
      for (const { id } of waiting.slice(0, Math.max(0, wanted))) stages.set(id, index);
    }
  }
  return stages;
}
