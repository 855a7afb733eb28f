import { createHash } from "node:crypto";
import { type EnrolProofClaims, type EnrolRequest, enrolResponse, NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { CompactSign } from "jose";
import type { ControlPlaneClient } from "../control-plane/client.js";
import { GATEWAY_VERSION, READABLE_SCHEMA_VERSIONS } from "../version.js";
import type { NodeIdentity } from "./identity-file.js";
import type { KeyPair } from "./node-keys.js";
import { keysWithThumbprints } from "./trusted-keys.js";

export type EnrolResult =
  | { readonly ok: true; readonly identity: NodeIdentity }
  /** `final`: trying again with the same token cannot help. */
  | { readonly ok: false; readonly final: boolean; readonly message: string };

/** Spends the join token: registers the node's key, and pins the one control-plane key whose thumbprint the token carries. */
export async function enrol(
  client: ControlPlaneClient,
  { signing: key, encryption }: KeyPair,
  request: { joinToken: string; name: string | null; nowMs: number },
): Promise<EnrolResult> {
  const claims: EnrolProofClaims = {
    aud: NODE_TOKEN_AUDIENCE,
    sub: key.publicJwk.kid,
    iat: Math.floor(request.nowMs / 1_000),
    joinTokenHash: createHash("sha256").update(request.joinToken).digest("hex"),
  };
  const proof = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: NODE_TOKEN_TYP, kid: key.publicJwk.kid })
    .sign(key.privateKey);
  const body: EnrolRequest = {
    joinToken: request.joinToken,
    publicKey: key.publicJwk,
    proof,
    encryptionKey: encryption.statement,
    ...(request.name === null ? {} : { name: request.name }),
    version: GATEWAY_VERSION,
    schemaVersions: [...READABLE_SCHEMA_VERSIONS],
  };
  const answer = await client.post("/api/node/v1/enrol", { token: null, body, answer: enrolResponse, timeoutMs: 10_000 });
  if (!answer.ok)
    return {
      ok: false,
      final: answer.status !== null && answer.status >= 400 && answer.status < 500 && answer.status !== 429,
      message: answer.message,
    };
  const thumbprint = request.joinToken.slice(request.joinToken.indexOf(".") + 1);
  const trustedKeys = await keysWithThumbprints(answer.value.trustedKeys, [thumbprint]);
  if (trustedKeys.length === 0) {
    return { ok: false, final: true, message: "the control plane that answered does not hold the signing key that the join token names" };
  }
  const { nodeId, name, group, fleet } = answer.value;
  return { ok: true, identity: { nodeId, name, group, fleet, kid: key.publicJwk.kid, trustedKeys } };
}
