import { type CompiledSnapshot, compileInSteps, type SnapshotInput } from "@sallyport/pipeline";
import {
  type ApiKeysSection,
  apiKeysSectionName,
  FLEET_SECTION,
  type RevocationsSection,
  revocationsSectionName,
  type Section,
  type TenantSection,
  tenantSectionName,
} from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import { type Checked, refused, type VerifiedRevision } from "./revision.js";

/** What runs: the base that what did not change is taken over from. */
interface Running {
  readonly revision: VerifiedRevision | null;
  readonly compiled: CompiledSnapshot | null;
}

type TenantsInput = Pick<SnapshotInput, "tenants" | "tenantHashes" | "apiKeys" | "revocations" | "gone">;

/** Compiles a proven revision beside live traffic. */
export async function compileRevision(revision: VerifiedRevision, running: Running): Promise<Checked<CompiledSnapshot>> {
  const { envelope, manifest, sections } = revision;
  const fleet = sections.get(FLEET_SECTION);
  if (fleet?.kind !== "fleet") return refused("invalid_section", FLEET_SECTION, "the fleet's section is missing");
  const tenants = changedTenants(revision, running) ?? allTenants(revision);
  const input: SnapshotInput = {
    ...tenants,
    revision: envelope.revision,
    rootHash: envelope.rootHash,
    fleet,
    hashOf: (name) => manifest.get(name),
  };
  const breathe = createBreather();
  try {
    const steps = compileInSteps(input, running.compiled ?? undefined);
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        if (step.value.ok) return { ok: true, value: step.value.compiled };
        const errors = step.value.errors.slice(0, 20);
        return {
          ok: false,
          errors: errors.map(({ path, message }) => ({ code: "compile_failed", path: path.slice(0, 256), message: message.slice(0, 1_024) })),
        };
      }
      const pause = breathe();
      if (pause) await pause;
    }
  } catch (error) {
    // A compiler that throws has met what it does not know: refused, and loudly.
    return refused("compile_failed", "envelope", error instanceof Error ? error.message : String(error));
  }
}

function allTenants({ sections, manifest }: VerifiedRevision): TenantsInput {
  const tenants: TenantSection[] = [];
  const tenantHashes: (string | undefined)[] = [];
  const apiKeys = new Map<string, ApiKeysSection>();
  const revocations = new Map<string, RevocationsSection>();
  for (const [name, section] of sections) {
    if (section.kind === "tenant") {
      tenants.push(section);
      tenantHashes.push(manifest.get(name));
    } else if (section.kind === "api-keys") apiKeys.set(section.tenant, section);
    else if (section.kind === "revocations") revocations.set(section.tenant, section);
  }
  return { tenants, tenantHashes, apiKeys, revocations };
}

/** Whose section it is; null for one that is no tenant's alone. */
const tenantOf = (section: Section | undefined): string | null =>
  section?.kind === "tenant" ? section.slug : section?.kind === "api-keys" || section?.kind === "revocations" ? section.tenant : null;

/** Of a difference to what runs, under the same fleet section: the tenants that it touches. Else null. */
function changedTenants({ since, sections }: VerifiedRevision, { revision: before, compiled }: Running): TenantsInput | null {
  if (since === null || before === null || compiled === null || since.jws !== before.jws || since.names.has(FLEET_SECTION)) return null;
  const slugs = new Set<string>();
  for (const name of since.names) {
    for (const section of [before.sections.get(name), sections.get(name)]) {
      const slug = tenantOf(section);
      if (slug !== null) slugs.add(slug);
    }
  }
  const tenants: TenantSection[] = [];
  const gone: string[] = [];
  const apiKeys = new Map<string, ApiKeysSection>();
  const revocations = new Map<string, RevocationsSection>();
  for (const slug of slugs) {
    const tenant = sections.get(tenantSectionName(slug));
    if (tenant?.kind !== "tenant") {
      gone.push(slug);
      continue;
    }
    tenants.push(tenant);
    const keys = sections.get(apiKeysSectionName(slug));
    if (keys?.kind === "api-keys") apiKeys.set(slug, keys);
    const revoked = sections.get(revocationsSectionName(slug));
    if (revoked?.kind === "revocations") revocations.set(slug, revoked);
  }
  return { tenants, gone, apiKeys, revocations };
}
