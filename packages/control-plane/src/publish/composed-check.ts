import type { FleetTransaction } from "@sallyport/data";
import type { Manifest, Section, SectionName } from "@sallyport/snapshot";
import { type Checked, createCompileCheck } from "./compile-check.js";
import type { DraftState } from "./draft-reader.js";
import type { SectionStore } from "./section-store.js";

/** Compiles a manifest whose sections are partly the draft's, partly published ones. */
export interface ComposedCheck {
  run(tx: FleetTransaction, manifest: Manifest, draft: DraftState | null): Promise<Checked>;
}

export function createComposedCheck(sections: SectionStore): ComposedCheck {
  const compileCheck = createCompileCheck();
  return {
    async run(tx, manifest, draft) {
      const isDraft = (name: SectionName): boolean => draft !== null && draft.manifest[name] === manifest[name];
      const stored = Object.entries(manifest).filter(([name]) => !isDraft(name));
      const bodies = await sections.get(
        tx,
        stored.map(([, hash]) => hash),
      );
      return compileCheck.run(manifest, (name): Section => {
        const section = isDraft(name) ? draft?.section(name) : bodies.get(manifest[name] ?? "");
        if (section === undefined) throw new Error(`${name} has no content.`);
        return section;
      });
    },
  };
}
