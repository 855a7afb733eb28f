import { createHash } from "node:crypto";
import { canonicalJson, isInstallationSection, type Manifest } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";

/** What the two hashes of an envelope must be: `rootHash` and `installationHash` of the snapshot package, in slices. */
export async function manifestHashes(manifest: Manifest): Promise<{ rootHash: string; installationHash: string }> {
  const breathe = createBreather();
  const names = Object.keys(manifest).sort();
  const root = createHash("sha256").update("[");
  const installation = createHash("sha256").update("[");
  const begun = { root: false, installation: false };
  for (const name of names) {
    const which = isInstallationSection(name) ? "installation" : "root";
    const hash = which === "root" ? root : installation;
    hash.update(`${begun[which] ? "," : ""}${canonicalJson([name, manifest[name] ?? ""])}`);
    begun[which] = true;
    const pause = breathe();
    if (pause) await pause;
  }
  return { rootHash: root.update("]").digest("hex"), installationHash: installation.update("]").digest("hex") };
}
