import type { FleetTransaction } from "@sallyport/data";
import { FLEET_SECTION, type Manifest, type Section, type SectionName } from "@sallyport/snapshot";
import type { SectionStore } from "../publish/section-store.js";
import type { Warning } from "./warning.js";
import { warningsBetween } from "./warnings-between.js";

/**
 * What the changed sections weaken against what is live.
 * @param changed names of sections that differ from `before`
 * @param sectionOf their new content; undefined for one that goes
 */
export async function changedWarnings(
  tx: FleetTransaction,
  sections: SectionStore,
  { before, changed }: { readonly before: Manifest; readonly changed: readonly SectionName[] },
  sectionOf: (name: SectionName) => Section | undefined,
): Promise<Warning[]> {
  const bodies = await sections.get(
    tx,
    [...changed, FLEET_SECTION].flatMap((name) => before[name] ?? []),
  );
  const old = bodies.get(before[FLEET_SECTION] ?? "");
  const fresh = changed.includes(FLEET_SECTION) ? sectionOf(FLEET_SECTION) : old;
  const fleet = { before: old?.kind === "fleet" ? old : undefined, after: fresh?.kind === "fleet" ? fresh : undefined };
  return changed.flatMap((name) => warningsBetween({ before: bodies.get(before[name] ?? ""), after: sectionOf(name) }, fleet));
}
