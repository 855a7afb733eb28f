import type { Manifest, SectionName } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";

/** Names of the sections that two manifests do not have alike, in slices. */
export async function differencesBetween(before: Manifest, after: Manifest): Promise<ReadonlySet<SectionName>> {
  const names = new Set<SectionName>();
  const breathe = createBreather();
  for (const name of Object.keys(after)) {
    if (before[name] !== after[name]) names.add(name);
    const pause = breathe();
    if (pause) await pause;
  }
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) names.add(name);
    const pause = breathe();
    if (pause) await pause;
  }
  return names;
}
