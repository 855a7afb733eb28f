import { locateRefusal } from "../documents/locate-refusal.js";
import type { LocatedDocument } from "../documents/located-document.js";
import type { Rest } from "../rest/client.js";
import { changesAnswer, type PlannedChange } from "../rest/views.js";

/** 10,000 tenants in one apply take their time. */
const TIMEOUT_MS = 180_000;

interface Sending {
  readonly prune: boolean;
  /** Write it into the draft; else only say what would change. */
  readonly apply: boolean;
}

/** Plans or applies documents. @throws Failure; what the control plane finds wrong is told with its place in the files */
export async function sendDocuments(rest: Rest, documents: readonly LocatedDocument[], { prune, apply }: Sending): Promise<PlannedChange[]> {
  try {
    const { changes } = await rest.call({
      method: "POST",
      path: apply ? "/config/apply" : "/config/plan",
      body: { documents: documents.map(({ value }) => value), prune },
      answer: changesAnswer,
      timeoutMs: TIMEOUT_MS,
    });
    return changes;
  } catch (error) {
    throw locateRefusal(error, documents);
  }
}
