import { createPublicKey, type JsonWebKeyInput } from "node:crypto";
import type { VerificationKey } from "@sallyport/pipeline";
import { identityProviderSpec, type SignatureAlgorithm } from "@sallyport/snapshot";
import { z } from "zod";
import type { KeyedIdp } from "./idp-keys.js";

const ALGORITHMS: Record<string, readonly SignatureAlgorithm[]> = { RSA: ["RS256", "PS256"], EC: ["ES256"], OKP: ["EdDSA"] };
const jwk = z.looseObject({ kty: z.enum(["RSA", "EC", "OKP"]), kid: z.string().optional() });

/** An importer for tests of this package, which does not know the product's own (pipeline-node). */
export function importKeys(jwks: unknown) {
  const keys: VerificationKey[] = [];
  const skipped: { index: number; reason: string }[] = [];
  z.object({ keys: z.array(z.unknown()) })
    .parse(jwks)
    .keys.forEach((member, index) => {
      const parsed = jwk.safeParse(member);
      try {
        const key = jwk.parse(member);
        const handle = createPublicKey({ key, format: "jwk" } as JsonWebKeyInput);
        keys.push({ kid: key.kid ?? null, algorithms: ALGORITHMS[key.kty] ?? [], handle });
      } catch {
        skipped.push({ index, reason: parsed.success ? "not a key" : "unknown kty" });
      }
    });
  return { keys, skipped };
}

/** A compiled IdP as the pipeline hands it over. */
export function compiledIdp(
  id: `${string}/${string}`,
  spec: { issuer: string; keys?: { kind: "discovery"; url?: string } | { kind: "jwks"; url: string }; algorithms?: SignatureAlgorithm[] },
  overrides: Partial<KeyedIdp> = {},
): KeyedIdp {
  const [tenant = "", name = ""] = id.split("/");
  const parsed = identityProviderSpec.parse({ audiences: ["https://api.example"], ...spec });
  return {
    tenant,
    name,
    id,
    spec: parsed,
    issuer: parsed.issuer,
    algorithms: new Set(parsed.algorithms),
    staleKeysMaxAgeMs: 3_600_000,
    slotOwner: null,
    slotHeld: null,
    ...overrides,
  };
}
