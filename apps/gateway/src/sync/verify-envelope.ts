import { type Ed25519PublicJwk, ENVELOPE_TYP, type RevisionEnvelope, revisionEnvelope } from "@sallyport/snapshot";
import { compactVerify, decodeProtectedHeader, errors, importJWK } from "jose";
import { READABLE_SCHEMA_VERSIONS } from "../version.js";
import { type Checked, refused } from "./revision.js";

/** Whose word counts, and for whom it must be meant. */
export interface EnvelopeExpectations {
  readonly trustedKeys: readonly Ed25519PublicJwk[];
  /** Null: whichever the keys sign for. A key is one installation's. */
  readonly fleet: string | null;
  readonly group: string;
}

/** Signature by a pinned key (RFC 7515 §5.2, EdDSA only, our `typ` only), then shape, fleet, group and schema version. */
export async function verifyEnvelope(jws: string, expected: EnvelopeExpectations): Promise<Checked<RevisionEnvelope>> {
  const payload = await verifiedPayload(jws, { trustedKeys: expected.trustedKeys, typ: ENVELOPE_TYP });
  if (payload === null) return refused("bad_signature", "envelope", "the envelope is not signed by a key that this node pins");
  const parsed = revisionEnvelope.safeParse(payload);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refused("unsupported_schema", `envelope/${issue?.path.join("/") ?? ""}`, issue?.message ?? "the envelope has another shape");
  }
  const envelope = parsed.data;
  if (expected.fleet !== null && envelope.fleet !== expected.fleet)
    return refused("wrong_fleet", "envelope/fleet", "the snapshot was made for another fleet");
  if (envelope.group !== expected.group)
    return refused("wrong_group", "envelope/group", `the snapshot was made for the node group ${envelope.group}`);
  if (!READABLE_SCHEMA_VERSIONS.includes(envelope.schemaVersion)) {
    return refused("unsupported_schema", "envelope/schemaVersion", `this node does not read schema version ${envelope.schemaVersion}`);
  }
  return { ok: true, value: envelope };
}

/** What a pinned key signed with this `typ`, as JSON; null for anything else. */
export async function verifiedPayload(
  jws: string,
  expected: { readonly trustedKeys: readonly Ed25519PublicJwk[]; readonly typ: string },
): Promise<unknown> {
  try {
    const { kid, typ } = decodeProtectedHeader(jws);
    const key = expected.trustedKeys.find((candidate) => candidate.kid === kid);
    if (key === undefined || typ !== expected.typ) return null;
    const { payload } = await compactVerify(jws, await importJWK(key, "EdDSA"), { algorithms: ["EdDSA"] });
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) as unknown;
  } catch (error) {
    // jose's own errors, a TypeError from a header that is no JWS's, and what JSON and UTF-8 refuse: all the same to us.
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError) return null;
    throw error;
  }
}
