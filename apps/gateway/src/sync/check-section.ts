import { sha256Hex } from "@sallyport/pipeline-node";
import { nameOfSection, type Section, type SectionName, section, sectionHash } from "@sallyport/snapshot";
import { parseJson } from "../files/read-if-there.js";
import { type Checked, refused } from "./revision.js";
import { createSharedParts } from "./shared-parts.js";
import { knownSection, StoredSection } from "./stored-section.js";

const share = createSharedParts();

/** A body by the strict schema, under its own name. */
export function parseSection(name: SectionName, body: unknown): Checked<Section> {
  const parsed = section.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = [name, ...(issue?.path ?? [])].join("/");
    return refused("invalid_section", path, issue?.message ?? "the section has another shape");
  }
  if (nameOfSection(parsed.data) !== name) return refused("invalid_section", name, `the section belongs under ${nameOfSection(parsed.data)}`);
  return { ok: true, value: share(parsed.data) };
}

export const hashOfSection = (parsed: Section): string => sectionHash(parsed, sha256Hex);

/** The same, and it hashes to what the manifest says. */
export function checkSection(name: SectionName, hash: string, body: unknown): Checked<Section> {
  if (body instanceof StoredSection) return checkStoredSection(name, hash, body);
  const parsed = parseSection(name, body);
  if (parsed.ok && hashOfSection(parsed.value) !== hash) return refused("hash_mismatch", name, "the section does not hash to what the manifest says");
  return parsed;
}

/** The bytes first: what does not hash to the manifest's word is not even read. */
function checkStoredSection(name: SectionName, hash: string, stored: StoredSection): Checked<Section> {
  if (stored.hash() !== hash) return refused("hash_mismatch", name, "the section does not hash to what the manifest says");
  const body = parseJson(stored.bytes.toString("utf8"));
  if (!stored.sameBuild) return checkSection(name, hash, body);
  const known = knownSection.safeParse(body);
  if (!known.success || nameOfSection(known.data) !== name) return refused("invalid_section", name, "the section is not what stands under this name");
  return { ok: true, value: share(known.data) };
}
