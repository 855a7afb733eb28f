import { NODE_REVOKED_TYP, nodeRevokedClaims, type SyncResponse } from "@sallyport/snapshot/protocol";
import { CompactSign } from "jose";
import type { Clock } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { Installation } from "../installation/installation.js";
import type { SigningKeys } from "../keys/signing-keys.js";

// A symbol of the process, as errors meet in several bundles of it.
const REVOKED = Symbol.for("sallyport.revoked-node");

/** For a node that proved who it is, and was revoked: to its caller no more than any other bad token; its poll is told. */
export const revokedNode = (nodeId: string): ServiceError =>
  Object.assign(new ServiceError("unauthenticated", "The node was revoked. To come back it enrols anew, with an empty data folder."), {
    [REVOKED]: nodeId,
  });

const revokedId = (error: unknown): string | null =>
  typeof error === "object" && error !== null && REVOKED in error && typeof error[REVOKED] === "string" ? error[REVOKED] : null;

interface NoticeParts {
  readonly clock: Clock;
  readonly installation: Pick<Installation, "facts">;
  readonly keys: Pick<SigningKeys, "active">;
}

/** What a revoked node's poll is answered with: the word by which it stops. Null for any other error. */
export async function noticeFor({ clock, installation, keys }: NoticeParts, error: unknown): Promise<SyncResponse | null> {
  const sub = revokedId(error);
  if (sub === null) return null;
  const [{ fleetId }, signer] = await Promise.all([installation.facts(), keys.active()]);
  const claims = nodeRevokedClaims.parse({ fleet: fleetId, sub, iat: Math.floor(clock.now() / 1_000) });
  const notice = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: NODE_REVOKED_TYP, kid: signer.kid })
    .sign(signer.privateKey);
  return { kind: "revoked", notice };
}
