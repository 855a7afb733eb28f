import { randomBytes } from "node:crypto";
import {
  type CompiledIdentityProvider,
  type CompiledSnapshot,
  type CompiledTenant,
  namingClaimOf,
  type Ports,
  sessionCookieOf,
  withApiKeys,
} from "@sallyport/pipeline";
import type { PolicyTestCredential, TokenFlaw } from "@sallyport/snapshot";
import { sha256Hex } from "../digests.js";
import { algorithmOf, type StandIns } from "./stand-ins.js";

/** What a request shows of its caller, and what those who are asked about it would say. */
export interface Shown {
  /** Fields for the request, names and values in turn. */
  readonly headers: readonly string[];
  /** With the API key that is shown. */
  readonly compiled: CompiledSnapshot;
  readonly ports: Partial<Pick<Ports, "introspection" | "sessions">>;
}

/** Why a test cannot be run as it is written. */
export class CannotRun extends Error {}

type Claims = Record<string, unknown>;
interface Making {
  readonly compiled: CompiledSnapshot;
  readonly tenant: CompiledTenant;
  readonly standIns: StandIns;
  readonly nowSeconds: number;
}

const SUBJECT = "policy-test";
const LIFETIME_SECONDS = 300;
const random = (): string => randomBytes(32).toString("base64url");

function providerOf({ slug, identityProviders }: CompiledTenant, name: string): CompiledIdentityProvider {
  const idp = identityProviders.get(name);
  if (idp === undefined) throw new CannotRun(`${slug} has no identity provider ${name} that is enabled; choose another, or bring it back`);
  return idp;
}

/** Sets a claim where its path says: nested where it is a pointer. */
function setAt(claims: Claims, [name, ...rest]: readonly string[], value: unknown): void {
  if (name === undefined) return;
  const [next] = rest;
  if (next === undefined) claims[name] = value;
  else {
    const inner: Claims = {};
    claims[name] = inner;
    setAt(inner, rest, value);
  }
}

/** What the provider gives to everybody, and over it what the test says. */
function claimsOf(idp: CompiledIdentityProvider, audience: string | undefined, said: Readonly<Claims>, now: number): Claims {
  const claims: Claims = { iss: idp.issuer, aud: audience, sub: SUBJECT, iat: now, exp: now + LIFETIME_SECONDS };
  if (idp.tenantClaim !== null) setAt(claims, idp.tenantClaim.path, idp.tenantClaim.value);
  for (const [name, value] of Object.entries(said)) {
    if (value === null) delete claims[name];
    else claims[name] = value;
  }
  return claims;
}

function flawed(claims: Claims, flaw: TokenFlaw | undefined, { clockToleranceMs }: CompiledIdentityProvider, now: number): Claims {
  const beyond = clockToleranceMs / 1_000 + 60;
  switch (flaw) {
    case "expired":
      return { ...claims, iat: now - beyond - LIFETIME_SECONDS, exp: now - beyond };
    case "not_yet_valid":
      return { ...claims, nbf: now + beyond };
    case "wrong_audience":
      return { ...claims, aud: "policy-test/another-audience" };
    case "bad_signature":
    case "unknown_key":
    case undefined:
      return claims;
    default:
      return flaw satisfies never;
  }
}

async function tokenOf(idp: CompiledIdentityProvider, said: Readonly<Claims>, flaw: TokenFlaw | undefined, making: Making) {
  const { standIns, nowSeconds } = making;
  const [audience] = idp.audiences;
  const claims = flawed(claimsOf(idp, audience, said, nowSeconds), flaw, idp, nowSeconds);
  const algorithm = algorithmOf(idp);
  const own = await standIns.of(idp.issuer, algorithm);
  // What it signs stands under the provider's `kid` all the same.
  const signer = flaw === "bad_signature" ? await standIns.forger(algorithm) : own;
  const header = { typ: idp.tokenTypes.has("jwt") ? "JWT" : "at+jwt", kid: flaw === "unknown_key" ? "policy-test-unknown" : own.kid };
  return { token: signer.sign(header, claims), claims };
}

/** Another tenant with the fewest things in common; the same for the same configuration. */
function strangerTo({ compiled, tenant }: Making, named: string | undefined): CompiledTenant {
  const found = named === undefined ? undefined : compiled.tenants.get(named);
  if (named !== undefined && found === undefined) throw new CannotRun(`the tenant ${named} is not there; name another one`);
  if (found !== undefined) return found;
  const others = [...compiled.tenants.values()].filter(({ slug }) => slug !== tenant.slug);
  const issuers = new Set([...tenant.identityProviders.values()].map(({ issuer }) => issuer));
  const apart = others.find(({ identityProviders }) => [...identityProviders.values()].some(({ issuer }) => !issuers.has(issuer)));
  const [any] = others;
  if (any === undefined) throw new CannotRun("there is no other tenant yet");
  return apart ?? any;
}

const inAuthorization = (token: string): string[] => ["Authorization", `Bearer ${token}`];

/** A provider that is asked about this token says what the test says; about any other, and any other provider, that it is not active. */
function answering(
  idp: CompiledIdentityProvider,
  known: { readonly token: string; readonly claims: Claims; readonly active: boolean },
): Shown["ports"] {
  return {
    introspection: {
      introspect: (asked, _digest, token) =>
        known.active && asked.issuer === idp.issuer && token === known.token
          ? { state: "active", token: { claims: known.claims, askedAtMs: Number(known.claims.iat ?? 0) * 1_000, verified: null } }
          : { state: "inactive" },
    },
  };
}

function apiKeyOf(owner: CompiledTenant, scopes: readonly string[], { compiled }: Making): Shown {
  const key = `spk_${random()}`;
  const entry = { hash: sha256Hex(key), subject: `api-key/${SUBJECT}`, scopes: [...scopes], expiresAt: null, previous: null };
  const section = { kind: "api-keys" as const, tenant: owner.slug, keys: { [SUBJECT]: entry } };
  return { headers: [compiled.settings.apiKeys.header, key], compiled: withApiKeys(compiled, section), ports: {} };
}

function sessionOf(
  idp: CompiledIdentityProvider,
  { claims: said, scopes }: Extract<PolicyTestCredential, { kind: "session" }>,
  making: Making,
): Shown {
  const { compiled, tenant, nowSeconds } = making;
  const { login } = idp.spec;
  if (login === null) throw new CannotRun(`nobody signs in with ${idp.name}: it has no login; choose another provider, or another credential`);
  const id = random();
  const claims = claimsOf(idp, login.client.clientId, said, nowSeconds);
  const session = {
    ...{ tenant: tenant.slug, identityProvider: idp.name, issuer: idp.issuer, subject: String(claims.sub), claims, scopes },
    ...{ ageMs: 0, sinceExtendedMs: 0, remainingMs: compiled.edge.sessions.idleMs },
  };
  const find = async (slug: string, digest: string) =>
    slug === tenant.slug && digest === sha256Hex(id) ? { state: "live" as const, session } : { state: "unknown" as const };
  return { headers: ["Cookie", `${sessionCookieOf(tenant.slug)}=${id}`], compiled, ports: { sessions: { find, used: () => undefined } } };
}

/** Makes what the test's caller shows. @throws CannotRun where the configuration has no such provider or tenant */
export async function makeCredential(credential: PolicyTestCredential, making: Making): Promise<Shown> {
  const { compiled, tenant, nowSeconds } = making;
  switch (credential.kind) {
    case "none":
      return { headers: [], compiled, ports: {} };
    case "token": {
      const idp = providerOf(tenant, credential.identityProvider);
      const { token, claims } = await tokenOf(idp, credential.claims, credential.flaw, making);
      return { headers: inAuthorization(token), compiled, ports: answering(idp, { token, claims, active: credential.flaw === undefined }) };
    }
    case "opaque_token": {
      const idp = providerOf(tenant, credential.identityProvider);
      const [audience] = idp.audiences;
      const token = random();
      const claims = claimsOf(idp, audience, credential.claims, nowSeconds);
      const subject = idp.spec.introspection?.subject ?? "sub";
      if (subject !== "sub" && !Object.hasOwn(credential.claims, subject)) claims[subject] = claims.sub;
      return { headers: inAuthorization(token), compiled, ports: answering(idp, { token, claims, active: credential.active }) };
    }
    case "session":
      return sessionOf(providerOf(tenant, credential.identityProvider), credential, making);
    case "api_key":
      return apiKeyOf(tenant, credential.scopes, making);
    case "foreign_token": {
      const stranger = strangerTo(making, credential.tenant);
      const own = new Set([...tenant.identityProviders.values()].map(({ issuer }) => issuer));
      const providers = [...stranger.identityProviders.values()];
      const idp = providers.find(({ issuer }) => !own.has(issuer)) ?? providers[0];
      if (idp === undefined) throw new CannotRun("no other tenant has an identity provider yet");
      // It says whose it is as tokens of that tenant do.
      const said: Claims = {};
      if (idp.tenantClaim === null) setAt(said, namingClaimOf(idp).path, idp.tenant);
      const { token } = await tokenOf(idp, said, undefined, making);
      return { headers: inAuthorization(token), compiled, ports: {} };
    }
    case "foreign_api_key":
      return apiKeyOf(strangerTo(making, credential.tenant), [], making);
    default:
      return credential satisfies never;
  }
}
