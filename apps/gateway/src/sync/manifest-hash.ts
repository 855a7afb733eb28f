import { createHash } from "node:crypto";
import { isInstallationSection } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import type { SectionHashes } from "./revision.js";

/** Text that is hashed in one call, characters. */
const PIECE = 16_384;

/** What the two hashes of an envelope must be: `rootHash` and `installationHash` of the snapshot package, in slices. */
export async function manifestHashes(manifest: SectionHashes): Promise<{ rootHash: string; installationHash: string }> {
  const breathe = createBreather();
  const root = { hash: createHash("sha256"), text: "[", first: true };
  const installation = { hash: createHash("sha256"), text: "[", first: true };
  for (const [name, sectionHash] of manifest) {
    const list = isInstallationSection(name) ? installation : root;
    // The canonical form (RFC 8785 §3.2.2.2): neither a section's name nor a hash has anything to escape.
    list.text += list.first ? `["${name}","${sectionHash}"]` : `,["${name}","${sectionHash}"]`;
    list.first = false;
    if (list.text.length > PIECE) {
      list.hash.update(list.text);
      list.text = "";
    }
    const pause = breathe();
    if (pause) await pause;
  }
  const [rootHash = "", installationHash = ""] = [root, installation].map(({ hash, text }) => hash.update(`${text}]`).digest("hex"));
  return { rootHash, installationHash };
}
