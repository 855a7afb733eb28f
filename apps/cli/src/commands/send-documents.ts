import { locateRefusal } from "../documents/locate-refusal.js";
import type { LocatedDocument } from "../documents/located-document.js";
import { documentsToSend } from "../documents/secret-values.js";
import type { Io } from "../io.js";
import type { Rest } from "../rest/client.js";
import { changesAnswer, type PlannedChange } from "../rest/views.js";

/** 10,000 tenants in one apply take their time. */
const TIMEOUT_MS = 180_000;

interface Sending {
  readonly prune: boolean;
  /** Write it into the draft; else only say what would change. */
  readonly apply: boolean;
  /** Where `valueFrom: { env }` is looked up. */
  readonly env: Io["env"];
}

/** Plans or applies documents. @throws Failure; what the control plane finds wrong is told with its place in the files */
export async function sendDocuments(rest: Rest, documents: readonly LocatedDocument[], { prune, apply, env }: Sending): Promise<PlannedChange[]> {
  const sent = await documentsToSend(documents, env);
  try {
    const { changes } = await rest.call({
      method: "POST",
      path: apply ? "/config/apply" : "/config/plan",
      body: { documents: sent, prune, ...(apply && { sources: documents.map(({ source }) => source) }) },
      answer: changesAnswer,
      timeoutMs: TIMEOUT_MS,
    });
    return changes;
  } catch (error) {
    throw locateRefusal(error, documents);
  }
}
