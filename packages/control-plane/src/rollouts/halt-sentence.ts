import type { Decisions, Halt } from "./judge.js";

const percent = ({ total, refused }: Decisions): string => `${total === 0 ? 0 : Math.round((1_000 * refused) / total) / 10} %`;

/** Why a rollout halted, for people: one sentence without its full stop. */
export function inSentence(halt: Halt): string {
  switch (halt.kind) {
    case "nack": {
      const [first] = halt.errors;
      return `${halt.node} refused it${first === undefined ? "" : ` (${first.code} at ${first.path}: ${first.message})`}`;
    }
    case "refusals": {
      const { after, before, others, rise, allowed } = halt;
      const beside = others.total === 0 ? "" : `, ${percent(others)} at nodes with the old content`;
      return `its nodes refuse ${percent(after)} of ${after.total} requests, after ${percent(before)} before${beside}: ${Math.round(rise * 10) / 10} points more, with ${allowed} allowed`;
    }
    default:
      return halt satisfies never;
  }
}
