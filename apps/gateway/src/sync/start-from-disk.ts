import { failpoint } from "@sallyport/failpoints";
import type { DeliveryReport, NackError } from "@sallyport/snapshot/protocol";
import type { LastGood } from "../last-good/last-good.js";
import { GENERATIONS, type Generation } from "../last-good/read-generation.js";
import { type AppliedRevision, type ApplyContext, applyRevision } from "./apply-revision.js";
import { claimedRevision } from "./claimed-revision.js";

interface StoredRefusal {
  readonly generation: Generation;
  readonly errors: readonly NackError[];
}

export interface StartFromDisk {
  readonly applied: AppliedRevision | null;
  /** Generations that were there and could not be used, and why. */
  readonly refusals: readonly StoredRefusal[];
  /** A stored revision that ended the node before is refused towards the control plane too: it must not be sent again. */
  readonly firstReport: DeliveryReport | undefined;
}

/**
 * Serves again what ran before the stop, without asking anybody. The newest generation that proves itself wins;
 * one that does not is left where it is.
 */
export async function startFromDisk(context: ApplyContext, lastGood: LastGood): Promise<StartFromDisk> {
  const refusals: StoredRefusal[] = [];
  let firstReport: DeliveryReport | undefined;
  for (const generation of GENERATIONS) {
    const stored = await lastGood.read(generation);
    if (stored.state === "missing") continue;
    if (stored.state === "refused") {
      refusals.push({ generation, errors: [{ code: "invalid_section", path: generation, message: stored.reason }] });
      continue;
    }
    failpoint("node.disk_read");
    const result = await applyRevision(context, stored.revision);
    if (result.ok) {
      failpoint("node.disk_applied");
      lastGood.started(generation, stored.extent, result.value.revision);
      return { applied: result.value, refusals, firstReport };
    }
    refusals.push({ generation, errors: result.errors });
    if (result.errors.some(({ code }) => code === "compile_failed")) {
      firstReport ??= { outcome: "nack", ...claimedRevision(stored.revision.envelope), errors: result.errors.slice(0, 20) };
    }
  }
  return { applied: null, refusals, firstReport };
}
