import { FLEET_SECTION, type FleetSection, type Manifest, type TenantSection, tenantSectionName } from "@sallyport/snapshot";
import { acceptanceKey, type CompiledIdentityProvider, type CompiledSnapshot, type CompiledTenant } from "../compiled.js";
import { compileEdge } from "./compile-edge.js";
import { type CompileError, CompileErrors } from "./compile-error.js";
import { compileTenant } from "./compile-tenant.js";
import { proveIsolation } from "./isolation.js";
import { MultiIndex } from "./multi-index.js";
import type { FleetSource } from "./source.js";

export interface SnapshotInput {
  readonly revision: number;
  readonly rootHash: string;
  readonly fleet: FleetSection;
  readonly tenants: readonly TenantSection[];
  /** Section hashes. With them, a section that was parsed anew is known to be the same; without, only the same object is. */
  readonly manifest?: Manifest;
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

/** The same, yielding after each tenant that had to be compiled, so that a caller can let other work in between. */
export function* compileInSteps(input: SnapshotInput, previous?: CompiledSnapshot): Generator<void, CompileResult, void> {
  const errors = new CompileErrors();
  const fleet: FleetSource = { section: input.fleet, key: input.manifest?.[FLEET_SECTION] ?? input.fleet };
  const base = previous !== undefined && previous.source === fleet.key ? previous : undefined;
  const epoch = (previous?.epoch ?? 0) + 1;
  const edge = base?.edge ?? compileEdge(input.fleet.settings, errors);

  const tenants = new Map<string, CompiledTenant>();
  const changed: CompiledTenant[] = [];
  const replaced: CompiledTenant[] = [];
  for (const section of input.tenants) {
    if (tenants.has(section.slug)) errors.add(`tenants/${section.slug}`, "the tenant stands in the snapshot twice");
    const key = input.manifest?.[tenantSectionName(section.slug)] ?? section;
    const old = base?.tenants.get(section.slug);
    if (old !== undefined && old.source === key) {
      tenants.set(section.slug, old);
      continue;
    }
    const tenant = compileTenant({ section, key }, fleet, epoch, errors);
    tenants.set(section.slug, tenant);
    changed.push(tenant);
    if (old !== undefined) replaced.push(old);
    yield;
  }
  for (const old of base?.tenants.values() ?? []) {
    if (!tenants.has(old.slug)) replaced.push(old);
  }

  const domains = indexDomains(base, changed, replaced, errors);
  const { issuers, acceptances } = indexIssuers(base, changed, replaced, errors);
  if (errors.list.length > 0) return { ok: false, errors: errors.list };
  const { revision, rootHash } = input;
  return {
    ok: true,
    compiled: { revision, rootHash, settings: input.fleet.settings, edge, tenants, domains, issuers, acceptances, epoch, source: fleet.key },
  };
}

function indexDomains(
  base: CompiledSnapshot | undefined,
  changed: readonly CompiledTenant[],
  replaced: readonly CompiledTenant[],
  errors: CompileErrors,
): ReadonlyMap<string, CompiledTenant> {
  const domains = new Map(base?.domains ?? []);
  for (const tenant of replaced) for (const domain of tenant.domains) domains.delete(domain);
  for (const tenant of changed) {
    for (const domain of tenant.domains) {
      const other = domains.get(domain);
      if (other !== undefined) errors.add(`tenants/${tenant.slug}`, `domains: ${domain} already belongs to tenants/${other.slug}`);
      domains.set(domain, tenant);
    }
  }
  return domains;
}

function indexIssuers(
  base: CompiledSnapshot | undefined,
  changed: readonly CompiledTenant[],
  replaced: readonly CompiledTenant[],
  errors: CompileErrors,
): Pick<CompiledSnapshot, "issuers" | "acceptances"> {
  const issuers = new MultiIndex<CompiledIdentityProvider>(base?.issuers ?? new Map());
  const acceptances = new MultiIndex<CompiledIdentityProvider>(base?.acceptances ?? new Map());
  for (const tenant of replaced) {
    for (const idp of tenant.identityProviders.values()) {
      issuers.remove(idp.issuer, idp);
      for (const audience of idp.audiences) acceptances.remove(acceptanceKey(idp.issuer, audience), idp);
    }
  }
  for (const tenant of changed) {
    for (const idp of tenant.identityProviders.values()) {
      issuers.add(idp.issuer, idp);
      for (const audience of idp.audiences) acceptances.add(acceptanceKey(idp.issuer, audience), idp);
    }
  }
  for (const key of acceptances.touched()) proveIsolation(acceptances.get(key), errors);
  return { issuers: issuers.build(), acceptances: acceptances.build() };
}
