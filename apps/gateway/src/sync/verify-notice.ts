import { NODE_REVOKED_TYP, nodeRevokedClaims } from "@sallyport/snapshot/protocol";
import type { NodeIdentity } from "../identity/identity-file.js";
import { verifiedPayload } from "./verify-envelope.js";

/** Whether the word that this node is revoked is its control plane's, and means this node. Whoever is in between can stop nobody. */
export async function isRevocationOf(notice: string, { nodeId, fleet, trustedKeys }: NodeIdentity): Promise<boolean> {
  const claims = nodeRevokedClaims.safeParse(await verifiedPayload(notice, { trustedKeys, typ: NODE_REVOKED_TYP }));
  return claims.success && claims.data.sub === nodeId && claims.data.fleet === fleet;
}
