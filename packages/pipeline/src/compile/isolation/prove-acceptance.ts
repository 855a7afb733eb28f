import type { JsonValue } from "@sallyport/snapshot";
import type { ClaimPath } from "../../claim-path.js";
import type { CompiledIdentityProvider } from "../../compiled.js";
import type { CompileErrors } from "../compile-error.js";
import { type Acceptance, acceptancesOf, audiencesOf, endpointOf, isAudienceVague, isIssuerVague, type ProviderIndexes } from "./acceptance.js";
import { ClaimIndex, pathKeyOf } from "./claim-index.js";
import { type CounterExample, type CounterSide, shown } from "./counter-example.js";

type Idp = CompiledIdentityProvider;

/** IdPs that are looked at without a pause: well under a millisecond. */
const STEP = 100;
/** So many violations of one issuer are told; whoever mends them is told the rest. */
const MAX_TOLD = 50;

/**
 * The isolation proof (DESIGN §5): no token of this issuer is good at two tenants. Where two take one issuer and audience, each must have a
 * tenant claim, and no token may satisfy both. Sound and complete for tokens of one audience; a token for several was made for all of them.
 */
export function* proveIssuer(issuer: string, indexes: ProviderIndexes, errors: CompileErrors): Generator<void, void, void> {
  const accepting = acceptancesOf(issuer, indexes);
  const [first] = accepting;
  if (first === undefined || accepting.every(({ idp }) => idp.tenant === first.idp.tenant)) return;
  const everyone = new ClaimIndex();
  const anyAudience = new ClaimIndex();
  const byAudience = new Map<string, ClaimIndex>();
  for (const [index, acceptance] of accepting.entries()) {
    const { idp } = acceptance;
    if (index % STEP === STEP - 1) yield;
    everyone.add(idp);
    if (acceptance.anyAudience) anyAudience.add(idp);
    for (const audience of audiencesOf(acceptance)) {
      const ofAudience = byAudience.get(audience) ?? new ClaimIndex();
      byAudience.set(audience, ofAudience);
      ofAudience.add(idp);
    }
  }
  const told = new Set<string>();
  for (const [index, acceptance] of accepting.entries()) {
    if (index % STEP === STEP - 1) yield;
    if (told.size >= MAX_TOLD) return;
    const partner = partnerOf(acceptance, { everyone, anyAudience, byAudience });
    if (partner === null) continue;
    const pair = [acceptance.idp.id, partner.idp.id].sort().join(" ");
    if (told.has(pair)) continue;
    told.add(pair);
    report({ issuer, audience: partner.audience, one: acceptance.idp, other: partner.idp }, errors);
  }
}

interface Indexes {
  readonly everyone: ClaimIndex;
  readonly anyAudience: ClaimIndex;
  readonly byAudience: ReadonlyMap<string, ClaimIndex>;
}

/** Somebody of another tenant who takes the same token, and its audience. */
function partnerOf(acceptance: Acceptance, indexes: Indexes): { readonly idp: Idp; readonly audience: string } | null {
  const { idp, anyAudience } = acceptance;
  for (const audience of audiencesOf(acceptance)) {
    const other = indexes.byAudience.get(audience)?.partnerOf(idp) ?? indexes.anyAudience.partnerOf(idp);
    if (other !== undefined) return { idp: other, audience };
  }
  const other = anyAudience ? indexes.everyone.partnerOf(idp) : undefined;
  if (other === undefined) return null;
  // It takes tokens of this audience however it comes to take the issuer's.
  const [audience = ""] = other.audiences;
  return { idp: other, audience };
}

interface Violation {
  readonly issuer: string;
  readonly audience: string;
  readonly one: Idp;
  readonly other: Idp;
}

function report({ issuer, audience, one, other }: Violation, errors: CompileErrors): void {
  const example: Record<string, JsonValue> = { iss: shown(issuer), aud: shown(audience) };
  for (const { tenantClaim } of [one, other]) if (tenantClaim !== null) writeClaim(example, tenantClaim.path, shown(tenantClaim.value));
  const counterExample: CounterExample = {
    presents: "token",
    example,
    sides: [sideOf(one, { issuer, audience }), sideOf(other, { issuer, audience })],
  };
  const remedy = remedyOf(one, other);
  const add = (idp: Idp, from: Idp): void =>
    errors.add(pathOf(idp), `shares tokens with ${pathOf(from)}; ${remedy}; both would accept ${JSON.stringify(example)}`, counterExample);
  add(one, other);
  add(other, one);
}

function remedyOf(one: Idp, other: Idp): string {
  const vague = [one, other].some((idp) => isAudienceVague(idp) || isIssuerVague(idp));
  if (one.tenantClaim === null || other.tenantClaim === null)
    return vague
      ? "name a tenant claim, or require iss and aud of its answers: they need not say for whom a token is"
      : "name a tenant claim at each: both accept the same issuer and audience";
  return pathKeyOf(one.tenantClaim.path) === pathKeyOf(other.tenantClaim.path)
    ? "give the tenant claim different values"
    : "name the same tenant claim, with different values: with two claims, one token could carry both";
}

/** Which of its rules the example meets, and why each lets it pass. */
function sideOf(idp: Idp, { issuer, audience }: { readonly issuer: string; readonly audience: string }): CounterSide {
  const { tenantClaim, spec } = idp;
  const rules = [
    idp.issuer === issuer
      ? `issuer is ${shown(issuer)}`
      : `introspection.required has no iss: ${shown(endpointOf(idp) ?? "")} answers about tokens of ${shown(issuer)} too`,
    idp.audiences.has(audience)
      ? `audiences has ${shown(audience)}`
      : spec.login?.client.clientId === audience
        ? `login.client.clientId is ${shown(audience)}: it takes that client's ID tokens`
        : "introspection.required has no aud: an answer need not say for whom a token is",
    tenantClaim === null
      ? "tenantClaim is not set: no claim has to name the tenant"
      : `tenantClaim: ${spec.tenantClaim?.claim ?? ""} is ${shown(tenantClaim.value)}`,
  ];
  return { tenant: idp.tenant, path: pathOf(idp), rules };
}

/** Puts a value where the path finds it. Where names collide with what stands there, the latter stays: the rules say the rest. */
function writeClaim(example: Record<string, JsonValue>, path: ClaimPath, value: string): void {
  let at = example;
  for (const name of path.slice(0, -1)) {
    const next: JsonValue | undefined = Object.hasOwn(at, name) ? at[name] : {};
    if (!isObject(next)) return;
    define(at, name, next);
    at = next;
  }
  const last = path.at(-1) ?? "";
  if (!Object.hasOwn(at, last)) define(at, last, value);
}

const isObject = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A claim may be called `__proto__`. */
const define = (target: Record<string, JsonValue>, name: string, value: JsonValue): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
};

export const pathOf = (idp: Idp): string => `tenants/${idp.tenant}/identityProviders/${idp.name}`;
