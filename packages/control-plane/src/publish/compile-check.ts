import { type CompiledSnapshot, type CompileResult, type CounterExample, compileInSteps, type SnapshotInput } from "@sallyport/pipeline";
import type { FleetSection, Manifest, Section, SectionName, TenantSection } from "@sallyport/snapshot";
import { FLEET_SECTION } from "@sallyport/snapshot";
import { rootHashOf } from "./manifest.js";

/** A place and what is wrong there; `path` names the entity, `tenants/acme/routes/main`. */
export interface Finding {
  readonly path: string;
  readonly message: string;
  /** Where two tenants are not told apart: what both of them would take. */
  readonly counterExample?: CounterExample;
}

/** What is wrong, empty when the content compiles; and then what nodes would run, without what is the installation's. */
export interface Checked {
  readonly findings: readonly Finding[];
  readonly compiled: CompiledSnapshot | null;
}

/** Compiles with the compiler that the nodes run: what it takes, they take; what it refuses never leaves (SECURITY §2). */
export interface CompileCheck {
  run(manifest: Manifest, sectionOf: (name: SectionName) => Section): Promise<Checked>;
}

/** How long the compiler may hold the process before others get their turn. */
const SLICE_MS = 10;

async function compile(input: SnapshotInput, previous: CompiledSnapshot | undefined): Promise<CompileResult> {
  const steps = compileInSteps(input, previous);
  let sliceEnds = performance.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < sliceEnds) continue;
    await new Promise((resolve) => setImmediate(resolve));
    sliceEnds = performance.now() + SLICE_MS;
  }
}

/** Keeps the last compilation, so that unchanged tenants are taken over from it. */
export function createCompileCheck(): CompileCheck {
  let previous: CompiledSnapshot | undefined;
  return {
    async run(manifest, sectionOf) {
      let fleet: FleetSection | null = null;
      const tenants: TenantSection[] = [];
      for (const name of Object.keys(manifest).sort()) {
        const section = sectionOf(name);
        if (section.kind === "fleet") fleet = section;
        else if (section.kind === "tenant") tenants.push(section);
      }
      if (fleet === null) {
        const finding = { path: FLEET_SECTION, message: "the fleet's settings are missing; save them once under Settings" };
        return { findings: [finding], compiled: null };
      }
      const result = await compile({ revision: 1, rootHash: rootHashOf(manifest), fleet, tenants, hashOf: (name) => manifest[name] }, previous);
      if (!result.ok) return { findings: result.errors, compiled: null };
      previous = result.compiled;
      return { findings: [], compiled: previous };
    },
  };
}
