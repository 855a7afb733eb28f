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
  for (const entry of manifest) {
    const list = isInstallationSection(entry[0]) ? installation : root;
    // A name and a hash: the canonical form of two such strings (RFC 8785 §3.2.2.2).
    list.text += list.first ? JSON.stringify(entry) : `,${JSON.stringify(entry)}`;
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
