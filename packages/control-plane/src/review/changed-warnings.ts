import type { FleetTransaction } from "@sallyport/data";
import type { Manifest, Section, SectionName } from "@sallyport/snapshot";
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
    changed.flatMap((name) => before[name] ?? []),
  );
  return changed.flatMap((name) => warningsBetween({ before: bodies.get(before[name] ?? ""), after: sectionOf(name) }));
}
