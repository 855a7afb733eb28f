import type { SectionName } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import type { SectionHashes } from "../sync/revision.js";

/** Names of the sections that two revisions do not have alike, in slices. */
export async function differencesBetween(before: SectionHashes, after: SectionHashes): Promise<ReadonlySet<SectionName>> {
  const names = new Set<SectionName>();
  const breathe = createBreather();
  for (const [name, hash] of after) {
    if (before.get(name) !== hash) names.add(name);
    const pause = breathe();
    if (pause) await pause;
  }
  for (const name of before.keys()) {
    if (!after.has(name)) names.add(name);
    const pause = breathe();
    if (pause) await pause;
  }
  return names;
}
