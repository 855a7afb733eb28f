import type { ProofUse, ProofUses } from "@sallyport/pipeline";
import type { ProofStore } from "@sallyport/state-store";
import type { Problems } from "../problems.js";
import { createProofMemory } from "./proof-memory.js";

/** About 25 MB of ids and their places. */
const MAX_PROOFS = 200_000;
/** Clocks of two nodes, or of one that is set back, differ by less: what one has forgotten is too old for the other as well. */
const BEYOND_MS = 60_000;

interface NodeProofUses extends ProofUses {
  /** Proofs that this node knows. */
  readonly size: number;
}

interface ProofUsesDeps {
  /** Null where the node has no state store. */
  readonly store: { readonly proofs: ProofStore } | null;
  readonly problems: Problems;
  readonly clock: { now(): number };
  readonly maxProofs?: number;
}

/**
 * Which proofs were used (RFC 9449 §11.1). This node's memory knows its own, so that a proof which is sent here again costs the store
 * nothing; the store knows those of all nodes and has the last word. Without its word nobody is let in, but where a route's degradation
 * policy lets the node decide alone, by a memory that has missed nothing.
 */
export function createProofUses({ store, problems, clock, maxProofs = MAX_PROOFS }: ProofUsesDeps): NodeProofUses {
  const memory = createProofMemory({ max: maxProofs, now: clock.now });
  /** Until then a proof can be good that was used here and did not fit into the memory. */
  let missingUntilMs = Number.NEGATIVE_INFINITY;

  /** Without the store. */
  const alone = (id: string, noted: "first" | "full", { perNode, reason }: { readonly perNode: boolean; readonly reason: string }): ProofUse => {
    if (perNode && noted === "first" && clock.now() >= missingUntilMs) return { state: "first" };
    // It is refused and was not used: another try may come with it.
    if (noted === "first") memory.release(id);
    return { state: "unavailable", reason: perNode ? `${reason}; and this node's memory of proofs is full` : reason };
  };

  return {
    get size() {
      return memory.size;
    },
    use(tenant, id, { goodUntilMs, perNode }) {
      const keepUntilMs = goodUntilMs + BEYOND_MS;
      const noted = memory.note(id, keepUntilMs);
      if (noted === "again") return { state: "again" };
      if (store === null) return alone(id, noted, { perNode, reason: "SALLYPORT_STATE_URL is not set" });
      if (noted === "full") missingUntilMs = Math.max(missingUntilMs, keepUntilMs);
      return store.proofs.use(tenant, id, Math.max(1, Math.ceil(keepUntilMs - clock.now()))).then(
        (first): ProofUse => {
          problems.clear("state-store");
          return { state: first ? "first" : "again" };
        },
        (error: unknown): ProofUse => {
          const reason = error instanceof Error ? error.message : String(error);
          problems.report("state-store", `it cannot be seen which proofs of possession were used: ${reason}`);
          return alone(id, noted, { perNode, reason });
        },
      );
    },
  };
}
