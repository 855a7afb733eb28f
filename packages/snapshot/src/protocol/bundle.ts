import { z } from "zod";
import { ed25519PublicJwk } from "../envelope.js";
import { manifest } from "../sections.js";
import { wrappedContentKey } from "./sync.js";

const BUNDLE_FORMAT = "sallyport-bundle/1";

/**
 * First line of a bundle: one revision of one node group as a file, for a node that starts without its control plane. A line for each section of
 * the manifest follows, of its name, a blank, and its canonical JSON (RFC 8785); the last line is `bundleEnd` of everything before.
 * What it says is believed only as far as the signed envelope bears it out.
 */
export const bundleHeader = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  /** Compact JWS over a revisionEnvelope. */
  envelope: z.string().max(8_192),
  /** Keys that the envelope names in `trustedKeys`, the signing key among them. */
  trustedKeys: z.array(ed25519PublicJwk).min(1).max(4),
  /** The one node that the bundle is for, and the content key of its secrets, encrypted to that node. Null: for any, without a key. */
  recipient: z.strictObject({ node: z.uuid(), contentKey: wrappedContentKey.nullable() }).nullable(),
  manifest,
});
export type BundleHeader = z.output<typeof bundleHeader>;

export const bundleHeaderOf = (header: Omit<BundleHeader, "format">): BundleHeader => ({ format: BUNDLE_FORMAT, ...header });

/** The last line. It tells a file that was cut or damaged on its way; who wrote it, only signatures tell. @param sha256 of all bytes before, hex */
export const bundleEnd = (sha256: string): string => `sha256 ${sha256}\n`;
