import { claimAt } from "../claim-path.js";
import { acceptanceKey, type CompiledIdentityProvider } from "../compiled.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import { audiencesOf, refuseByTime, timesOf } from "./claims.js";
import type { ParsedToken } from "./parse-token.js";
import { pickKey } from "./select-key.js";

/** How much work an unknown issuer may cause. */
const MAX_AUDIENCES = 8;
const MAX_CANDIDATES = 2;

/**
 * BEHAVIOUR §4: a token whose issuer is not configured here. When it verifies at another tenant that takes it, it was brought across
 * the border: `tenant_mismatch`, and a finding. Otherwise it is a plain bad token, and nobody is told which issuers exist.
 */
export function judgeForeignToken(passage: Passage, issuer: string, token: ParsedToken): Refusal | Promise<Refusal> {
  const candidates = foreignProviders(passage, issuer, token);
  const tryFrom = (index: number): Refusal | Promise<Refusal> => {
    const idp = candidates[index];
    if (idp === undefined) return new Refusal("invalid_token", "iss is not configured at this route");
    const verifies = verifiesAt(passage, idp, token);
    if (verifies instanceof Promise) return verifies.then((is) => (is ? judgeVerified(passage, idp, token) : tryFrom(index + 1)));
    return verifies ? judgeVerified(passage, idp, token) : tryFrom(index + 1);
  };
  return tryFrom(0);
}

/** Other tenants' IdPs that take this issuer and audience, at most two: where many share an issuer, they share its keys too. */
function foreignProviders({ compiled, tenant }: Passage, issuer: string, token: ParsedToken): readonly CompiledIdentityProvider[] {
  const found: CompiledIdentityProvider[] = [];
  for (const audience of (audiencesOf(token.claims) ?? []).slice(0, MAX_AUDIENCES)) {
    for (const idp of compiled.acceptances.get(acceptanceKey(issuer, audience)) ?? []) {
      if (idp.tenant === tenant?.slug || found.includes(idp)) continue;
      found.push(idp);
      if (found.length === MAX_CANDIDATES) return found;
    }
  }
  return found;
}

function verifiesAt({ ports }: Passage, idp: CompiledIdentityProvider, token: ParsedToken): boolean | Promise<boolean> {
  const { header, jws, claims } = token;
  if (!idp.algorithms.has(header.algorithm)) return false;
  const times = timesOf(claims);
  if (times instanceof Refusal || refuseByTime(times, idp.clockToleranceMs, ports.clock.now()) !== null) return false;
  const verify = (set: Parameters<typeof pickKey>[0]): boolean => {
    const picked = pickKey(set, header);
    return !(picked instanceof Refusal) && ports.signatures.verify(header.algorithm, picked.key, jws.signingInput, jws.signature) === true;
  };
  const current = ports.keys.current(idp);
  if (current !== null) return verify(current);
  return ports.keys.load(idp).then((loaded) => !("unavailable" in loaded) && verify(loaded));
}

/** The signature is the issuer's. Whose token is it? With a tenant claim, its value says so; without one, the IdP's own tenant. */
function judgeVerified(passage: Passage, idp: CompiledIdentityProvider, { claims }: ParsedToken): Refusal {
  const owner = ownerOf(passage, idp, claims);
  if (owner === null) return new Refusal("invalid_token", "iss is not configured at this route, and the token names no tenant that it serves");
  const detail = `the token of ${owner.tenant} was sent to ${passage.tenant?.slug ?? "another tenant"}`;
  passage.report("cross_tenant_attempt", detail, {
    tokenTenant: owner.tenant,
    identityProvider: owner.name,
    subject: typeof claims.sub === "string" ? claims.sub.slice(0, 255) : null,
    issuer: idp.issuer,
  });
  return new Refusal("tenant_mismatch", detail);
}

function ownerOf({ compiled }: Passage, idp: CompiledIdentityProvider, claims: ParsedToken["claims"]): CompiledIdentityProvider | null {
  if (idp.tenantClaim === null) return idp;
  const value = claimAt(claims, idp.tenantClaim.path);
  return (compiled.issuers.get(idp.issuer) ?? []).find((other) => other.tenantClaim !== null && other.tenantClaim.value === value) ?? null;
}
