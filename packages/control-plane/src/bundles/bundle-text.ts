import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue, type Section } from "@sallyport/snapshot";
import { type BundleHeader, bundleEnd, bundleHeaderOf } from "@sallyport/snapshot/protocol";

/**
 * A bundle as the file that nodes start from.
 * @param bodies by hash
 * @throws Error when the manifest names a section that is not among them
 */
export function bundleText(header: Omit<BundleHeader, "format">, bodies: ReadonlyMap<string, Section>): string {
  const lines = [`${JSON.stringify(bundleHeaderOf(header))}\n`];
  for (const [name, hash] of Object.entries(header.manifest)) {
    const body = bodies.get(hash);
    if (body === undefined) throw new Error(`Section ${name} of the bundle has no body.`);
    lines.push(`${name} ${canonicalJson(body as unknown as JsonValue)}\n`);
  }
  const sha256 = createHash("sha256");
  for (const line of lines) sha256.update(line);
  lines.push(bundleEnd(sha256.digest("hex")));
  return lines.join("");
}
