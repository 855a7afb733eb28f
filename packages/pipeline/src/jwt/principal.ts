import type { IdentityProviderSpec } from "@sallyport/snapshot";
import { type ClaimPath, claimAt } from "../claim-path.js";
import { compileMapping } from "../compile/compile-identity-provider.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import type { Principal } from "../decision.js";
import type { Ports } from "../ports.js";
import { createSharedLists } from "../shared-lists.js";
import type { Claims } from "./claims.js";

/** RFC 6749 §3.3: what one scope may be made of. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const read = (claims: Claims, path: ClaimPath | null): unknown => (path === null ? undefined : claimAt(claims, path));

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string" && item !== "") : [];
}

/** The token's scopes: blank-separated text (RFC 8693 §4.2) or an array; what cannot be a scope is left out. */
export function scopesOf(idp: Pick<CompiledIdentityProvider, "mapping">, claims: Claims): readonly string[] {
  const found = read(claims, idp.mapping.scopes) ?? read(claims, idp.mapping.scopesFallback);
  const items = typeof found === "string" ? found.split(" ") : listOf(found);
  return items.filter((item) => SCOPE.test(item));
}

// A node keeps principals by the hundred thousand, and most of them have the roles and scopes of others.
const shared = createSharedLists<string>();
const NO_CLAIMS: Claims = Object.freeze({});

function propagated({ propagatedClaims }: CompiledIdentityProvider, claims: Claims): Claims {
  if (propagatedClaims.length === 0) return NO_CLAIMS;
  // As own members whatever they are called.
  return Object.fromEntries(propagatedClaims.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]));
}

/** What of a principal a mapping reads out of claims. */
export type MappedClaims = Pick<Principal, "email" | "roles" | "scopes" | "organization"> & {
  /** Whether the provider's own session is known. */
  readonly hasSession: boolean;
};

/** The same for claims that nobody verified: what a mapping would make of them, to be shown while it is written. */
export function mappedClaims(claims: Claims, claimMapping: IdentityProviderSpec["claimMapping"]): MappedClaims {
  const mapping = compileMapping(claimMapping);
  return {
    email: textOf(read(claims, mapping.email)),
    roles: listOf(read(claims, mapping.roles)),
    scopes: scopesOf({ mapping }, claims),
    organization: textOf(read(claims, mapping.organization)),
    hasSession: textOf(read(claims, mapping.sessionId)) !== null,
  };
}

/** Who the verified claims say calls; `sub` has been checked. */
export function principalOf(idp: CompiledIdentityProvider, claims: Claims, scopes: readonly string[], expiresAtMs: number, ports: Ports): Principal {
  const sid = textOf(read(claims, idp.mapping.sessionId));
  return {
    subject: String(claims.sub),
    tenant: idp.tenant,
    authenticator: "bearer",
    identityProvider: idp.name,
    issuer: idp.issuer,
    email: textOf(read(claims, idp.mapping.email)),
    roles: shared(listOf(read(claims, idp.mapping.roles))),
    scopes: shared(scopes),
    organization: textOf(read(claims, idp.mapping.organization)),
    // The IdP's own id of the session could be worth something to somebody: only a digest of it goes on.
    sessionId: sid === null ? null : ports.digest(`${idp.id}\n${sid.toWellFormed()}`),
    expiresAt: Number.isFinite(expiresAtMs) ? Math.floor(expiresAtMs / 1000) : null,
    claims: propagated(idp, claims),
  };
}
