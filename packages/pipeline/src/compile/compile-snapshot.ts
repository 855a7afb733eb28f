import {
  type ApiKeysSection,
  apiKeysSectionName,
  FLEET_SECTION,
  type FleetSection,
  type RevocationsSection,
  revocationsSectionName,
  type SectionName,
  type TenantSection,
  tenantSectionName,
} from "@sallyport/snapshot";
import type { CompiledApiKey, CompiledAuthority, CompiledChanges, CompiledSnapshot, CompiledTenant } from "../compiled.js";
import { proveCertificateIsolation } from "./compile-certificates.js";
import { compileEdge } from "./compile-edge.js";
import { type CompileError, CompileErrors } from "./compile-error.js";
import { checkFleetPolicies } from "./compile-limits.js";
import { compileLockout } from "./compile-lockout.js";
import { compileTenant } from "./compile-tenant.js";
import { copyInSteps } from "./copy-in-steps.js";
import { INDEX_STEP, indexIssuers } from "./index-issuers.js";
import { reportSharedDomain, reportSharedSlug } from "./isolation/prove-hosts.js";
import { MultiIndex } from "./multi-index.js";
import type { FleetSource, TenantSource } from "./source.js";

export interface SnapshotInput {
  readonly revision: number;
  readonly rootHash: string;
  readonly fleet: FleetSection;
  readonly tenants: readonly TenantSection[];
  /**
   * When it is given, `tenants` are only those that may be otherwise than in `previous`, these slugs are gone, and all others stay as they are.
   * It takes a `previous` that was compiled under the same fleet section.
   */
  readonly gone?: readonly string[];
  /** API keys by tenant; a tenant that has none may be left out. */
  readonly apiKeys?: ReadonlyMap<string, ApiKeysSection>;
  /** What is revoked, by tenant; a tenant of which nothing is may be left out. */
  readonly revocations?: ReadonlyMap<string, RevocationsSection>;
  /** Hashes of the tenants' sections, one for each of `tenants`; told by `hashOf` when left out. */
  readonly tenantHashes?: readonly (string | undefined)[];
  /** Hash of a section. With it, a section that was parsed anew is known to be the same; without, only the same object is. */
  readonly hashOf?: (name: SectionName) => string | undefined;
}

export type CompileResult =
  | { readonly ok: true; readonly compiled: CompiledSnapshot }
  | { readonly ok: false; readonly errors: readonly CompileError[] };

/**
 * Makes of parsed sections what the hot path needs, or says with entity paths why that is not possible.
 * With `previous`, tenants whose section did not change are taken over as they are, with their epoch; a change of the fleet's
 * section compiles all of them again.
 */
export function compileSnapshot(input: SnapshotInput, previous?: CompiledSnapshot): CompileResult {
  const steps = compileInSteps(input, previous);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Tenants that are looked at without a pause when nothing of them changed. */
const UNCHANGED_STEP = 1_000;

/**
 * The same, yielding after each tenant that had to be compiled, after every hundred that are indexed, and after every thousand entries that
 * are only taken over, so that a caller can let other work in between.
 */
export function* compileInSteps(input: SnapshotInput, previous?: CompiledSnapshot): Generator<void, CompileResult, void> {
  const errors = new CompileErrors();
  const { settings } = input.fleet;
  const fleet: FleetSource = {
    section: input.fleet,
    key: input.hashOf?.(FLEET_SECTION) ?? input.fleet,
    usualTenantClaim: [settings.usualTenantClaim],
    lockout: compileLockout(settings.lockout, "fleet", errors),
  };
  checkFleetPolicies(input.fleet, errors);
  const base = previous !== undefined && previous.source === fleet.key ? previous : undefined;
  const epoch = (previous?.epoch ?? 0) + 1;
  const edge = base?.edge ?? compileEdge(settings, errors);

  const { gone } = input;
  if (gone !== undefined && base === undefined) throw new Error("some tenants can be compiled only on top of all the others, under the same fleet");
  const tenants = gone === undefined ? new Map<string, CompiledTenant>() : yield* copyInSteps(base?.tenants);
  const changes = { brought: [] as CompiledTenant[], gone: [] as CompiledTenant[] };
  for (const [at, section] of input.tenants.entries()) {
    if (gone === undefined && tenants.has(section.slug)) reportSharedSlug(section.slug, errors);
    const apiKeys = input.apiKeys?.get(section.slug);
    const revocations = input.revocations?.get(section.slug);
    const key = sourceOf({ section, apiKeys, revocations }, input.hashOf, input.tenantHashes?.[at]);
    const old = base?.tenants.get(section.slug);
    if (old !== undefined && old.source === key) {
      tenants.set(section.slug, old);
      if (tenants.size % UNCHANGED_STEP === 0) yield;
      continue;
    }
    const tenant = compileTenant({ section, apiKeys, revocations, key }, fleet, epoch, errors);
    tenants.set(section.slug, tenant);
    changes.brought.push(tenant);
    if (old !== undefined) changes.gone.push(old);
    yield;
  }
  yield;
  for (const slug of gone ?? goneFrom(base, tenants)) {
    const old = base?.tenants.get(slug);
    if (old !== undefined) changes.gone.push(old);
    tenants.delete(slug);
  }
  yield;

  const domains = yield* indexDomains(base, changes, errors);
  const tokensName = edge.resolution.includes("token_claim");
  const { issuers, acceptances, endpoints, namedByToken } = yield* indexIssuers({ base, tokensName }, changes, errors);
  const apiKeys = yield* indexApiKeys(base, changes, errors);
  const certificates = yield* indexAuthorities(base, changes, errors);
  if (errors.list.length > 0) return { ok: false, errors: errors.list };
  const { revision, rootHash } = input;
  const indexes = { tenants, domains, issuers, acceptances, endpoints, namedByToken, apiKeys, ...certificates };
  return {
    ok: true,
    compiled: { revision, rootHash, settings, edge, ...indexes, epoch, source: fleet.key, changes: base === undefined ? null : changes },
  };
}

function* goneFrom(base: CompiledSnapshot | undefined, tenants: ReadonlyMap<string, CompiledTenant>): Generator<string, void, void> {
  for (const slug of base?.tenants.keys() ?? []) if (!tenants.has(slug)) yield slug;
}

/** Equal keys, equal content. Without hashes a tenant's sections are told apart as objects, and several objects are compiled anew. */
function sourceOf({ section, apiKeys, revocations }: Omit<TenantSource, "key">, hashOf: SnapshotInput["hashOf"], known: string | undefined): unknown {
  const hash = known ?? hashOf?.(tenantSectionName(section.slug));
  if (apiKeys === undefined && revocations === undefined) return hash ?? section;
  const of = (other: unknown, name: SectionName) => (other === undefined ? "" : hashOf?.(name));
  return hash === undefined
    ? {}
    : `${hash} ${of(apiKeys, apiKeysSectionName(section.slug))} ${of(revocations, revocationsSectionName(section.slug))}`;
}

function* indexApiKeys(
  base: CompiledSnapshot | undefined,
  { brought, gone }: CompiledChanges,
  errors: CompileErrors,
): Generator<void, ReadonlyMap<string, CompiledApiKey>, void> {
  const apiKeys = yield* copyInSteps(base?.apiKeys);
  for (const tenant of gone) for (const hash of tenant.apiKeys.keys()) apiKeys.delete(hash);
  for (const tenant of brought) {
    for (const [hash, key] of tenant.apiKeys) {
      const other = apiKeys.get(hash);
      if (other !== undefined) errors.add(`installation/api-keys/${tenant.slug}/${key.name}`, `hash: it is already that of a key of ${other.tenant}`);
      apiKeys.set(hash, key);
    }
  }
  return apiKeys;
}

/** Few tenants have any: an index in which nothing changes is taken over as it is. */
function* indexAuthorities(
  base: CompiledSnapshot | undefined,
  { brought, gone }: CompiledChanges,
  errors: CompileErrors,
): Generator<void, Pick<CompiledSnapshot, "authorities" | "authorityKeys">, void> {
  const changes = [...gone, ...brought].some((tenant) => tenant.authorities.length > 0);
  if (base !== undefined && !changes) return { authorities: base.authorities, authorityKeys: base.authorityKeys };
  const byName = new MultiIndex<CompiledAuthority>(yield* copyInSteps(base?.authorities));
  const byKey = new MultiIndex<CompiledAuthority>(yield* copyInSteps(base?.authorityKeys));
  for (const { authorities } of gone) {
    for (const authority of authorities) {
      byName.remove(authority.certificate.subject, authority);
      byKey.remove(authority.certificate.publicKey, authority);
    }
  }
  for (const { authorities } of brought) {
    for (const authority of authorities) {
      byName.add(authority.certificate.subject, authority);
      byKey.add(authority.certificate.publicKey, authority);
    }
  }
  for (const key of byKey.touched()) proveCertificateIsolation(byKey.get(key), errors);
  return { authorities: byName.built(), authorityKeys: byKey.built() };
}

function* indexDomains(
  base: CompiledSnapshot | undefined,
  { brought, gone }: CompiledChanges,
  errors: CompileErrors,
): Generator<void, ReadonlyMap<string, CompiledTenant>, void> {
  const domains = yield* copyInSteps(base?.domains);
  for (const tenant of gone) for (const domain of tenant.domains) domains.delete(domain);
  yield;
  for (const [index, tenant] of brought.entries()) {
    if (index % INDEX_STEP === 0) yield;
    for (const domain of tenant.domains) {
      const other = domains.get(domain);
      if (other !== undefined) reportSharedDomain(domain, tenant.slug, other.slug, errors);
      domains.set(domain, tenant);
    }
  }
  return domains;
}
