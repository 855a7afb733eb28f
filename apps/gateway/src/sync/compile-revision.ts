import { type CompiledSnapshot, compileInSteps } from "@sallyport/pipeline";
import { type ApiKeysSection, FLEET_SECTION, type RevocationsSection, type SectionName, type TenantSection } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import { type Checked, refused, type VerifiedRevision } from "./revision.js";

/** Compiles a proven revision beside live traffic; what did not change is taken over from `previous`. */
export async function compileRevision(revision: VerifiedRevision, previous: CompiledSnapshot | null): Promise<Checked<CompiledSnapshot>> {
  const { envelope, manifest, sections } = revision;
  const fleet = sections.get(FLEET_SECTION);
  if (fleet?.kind !== "fleet") return refused("invalid_section", FLEET_SECTION, "the fleet's section is missing");
  const tenants: TenantSection[] = [];
  const apiKeys = new Map<string, ApiKeysSection>();
  const revocations = new Map<string, RevocationsSection>();
  for (const section of sections.values()) {
    if (section.kind === "tenant") tenants.push(section);
    else if (section.kind === "api-keys") apiKeys.set(section.tenant, section);
    else if (section.kind === "revocations") revocations.set(section.tenant, section);
  }
  const input = {
    revision: envelope.revision,
    rootHash: envelope.rootHash,
    fleet,
    tenants,
    apiKeys,
    revocations,
    hashOf: (name: SectionName) => manifest.get(name),
  };
  const breathe = createBreather();
  try {
    const steps = compileInSteps(input, previous ?? undefined);
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
