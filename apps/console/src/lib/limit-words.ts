import { count, percent } from "./format";
import type { LimitUseRow } from "./rows";

/** `38.0 %`; over all of it without a fraction: `240 %`. */
export const shareWords = (share: number): string => `${share >= 1 ? count(share * 100) : percent(share)} %`;

/** Why nobody but the nodes can say how much of a limit is used. */
export const UNKNOWN_USE_WORDS = {
  by_caller: "counted by caller, at the nodes",
  across_tenants: "counts other tenants, too",
  by_node: "each node counts by itself",
} as const satisfies Record<NonNullable<LimitUseRow["unknown"]>, string>;
