import { ENVELOPE_TYP, type RevisionEnvelope, revisionEnvelope } from "@sallyport/snapshot";
import { CompactSign } from "jose";
import type { Signer } from "../keys/signing-keys.js";

/**
 * The signed envelope of one revision for one node group and schema version: compact JWS, Ed25519 (RFC 8037), `typ` of its own,
 * so that no other signature of this key can stand in its place.
 * @throws ZodError when the envelope is not one that nodes would read
 */
export function signEnvelope(envelope: RevisionEnvelope, signer: Signer): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(revisionEnvelope.parse(envelope)));
  return new CompactSign(payload).setProtectedHeader({ alg: "EdDSA", typ: ENVELOPE_TYP, kid: signer.kid }).sign(signer.privateKey);
}
