import { createHash } from "node:crypto";
import type { VerificationKey } from "@sallyport/pipeline";
import { z } from "zod";

/** BEHAVIOUR 3a: more is refused whole, so that no IdP makes others wait for its imports. */
const MAX_KEYS = 100;

/** The members that we read of OpenID Connect Discovery 1.0 §3; the rest is the provider's own affair. */
const discoveryDocument = z.object({
  issuer: z.string().min(1).max(2_048),
  jwks_uri: z.string().min(1).max(2_048),
  authorization_endpoint: z.string().max(2_048).optional(),
  token_endpoint: z.string().max(2_048).optional(),
  introspection_endpoint: z.string().max(2_048).optional(),
  userinfo_endpoint: z.string().max(2_048).optional(),
  end_session_endpoint: z.string().max(2_048).optional(),
  /** RFC 9207 §3. */
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  id_token_signing_alg_values_supported: z.array(z.string().max(64)).max(100).optional(),
});
export type DiscoveryDocument = z.output<typeof discoveryDocument>;

/** RFC 7517 §5. Members of `keys` are judged one by one, so that a bad one does not take the set down. */
export const jwkSet = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS, `more than ${MAX_KEYS} keys`) });

/** OpenID Connect Discovery 1.0 §4: a slash at the end of the issuer goes before the path is put behind it. */
export const discoveryUrlOf = (issuer: string): string => `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;

/** Turns a JWK Set into keys that can verify. A bad member is named in `skipped`, never thrown. */
export type ImportKeys = (jwks: unknown) => {
  readonly keys: readonly VerificationKey[];
  readonly skipped: readonly { readonly index: number; readonly reason: string }[];
};

/** A JWK Set, imported once for everybody who shares its URL. */
export interface ImportedKeys {
  readonly keys: readonly VerificationKey[];
  readonly skipped: readonly { readonly index: number; readonly reason: string }[];
  /** SHA-256 of the set's text: an unchanged set is not imported again. */
  readonly digest: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

const because = (error: z.ZodError): string => {
  const issue = error.issues[0];
  return issue === undefined ? "unreadable" : `${issue.path.join(".") || "document"}: ${issue.message}`;
};

export function parseDiscovery(json: unknown): Parsed<DiscoveryDocument> {
  const parsed = discoveryDocument.safeParse(json);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, detail: `not a discovery document (${because(parsed.error)})` };
}

const encryptionKey = z.looseObject({ use: z.literal("enc") });
const isForEncryption = (member: unknown): boolean => encryptionKey.safeParse(member).success;

/**
 * An empty set, and one without a single usable key, is an error and not news: an IdP in trouble serves such sets, and
 * the keys it had stay good until the stale cap. Who wants them gone at once purges them.
 */
export function parseJwks(json: unknown, importKeys: ImportKeys, previous: ImportedKeys | null): Parsed<ImportedKeys> {
  const parsed = jwkSet.safeParse(json);
  if (!parsed.success) return { ok: false, detail: `not a usable JWK Set (${because(parsed.error)})` };
  const digest = createHash("sha256").update(JSON.stringify(parsed.data.keys)).digest("base64url");
  if (previous?.digest === digest) return { ok: true, value: previous };
  // Keys for encryption are no concern of ours, and leaving them out is no finding.
  const members = [...parsed.data.keys.entries()].filter(([, member]) => !isForEncryption(member));
  const imported = importKeys({ keys: members.map(([, member]) => member) });
  const { keys } = imported;
  const skipped = imported.skipped.map(({ index, reason }) => ({ index: members[index]?.[0] ?? index, reason }));
  if (keys.length > 0) return { ok: true, value: { keys, skipped, digest } };
  const first = skipped[0];
  return {
    ok: false,
    detail: first === undefined ? "the JWK Set is empty" : `no key of the JWK Set is usable (key ${first.index}: ${first.reason})`,
  };
}
