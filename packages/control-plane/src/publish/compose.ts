import type { Manifest, SectionName } from "@sallyport/snapshot";
import type { DraftState } from "./draft-reader.js";
import { differingSections } from "./manifest.js";

/** What a publish would make of the live manifest. */
export interface Composition {
  readonly manifest: Manifest;
  /** Sections that differ from the live ones, sorted. */
  readonly changed: readonly SectionName[];
}

/** Sections of the draft that differ from what is live, sorted; an unreadable one always counts. */
export function unpublishedSections(live: Manifest, draft: DraftState): SectionName[] {
  const differing = differingSections(live, draft.manifest).filter((name) => !draft.unreadable.has(name));
  return [...differing, ...draft.unreadable.keys()].sort();
}

/**
 * The live manifest with the named sections replaced by the draft's: added, changed or taken away. All others keep their live content,
 * so that a half-finished edit elsewhere blocks nobody (DESIGN §5).
 */
export function compose(live: Manifest, draft: DraftState, selected: readonly SectionName[]): Composition {
  const manifest: Record<SectionName, string> = { ...live };
  for (const name of selected) {
    if (draft.unreadable.has(name)) continue;
    const hash = draft.manifest[name];
    if (hash === undefined) delete manifest[name];
    else manifest[name] = hash;
  }
  return { manifest, changed: differingSections(live, manifest) };
}
