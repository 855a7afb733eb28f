import { z } from "zod";
import { entityName, sha256Hex } from "./names.js";

/** `typ` of the signed revision envelope; a node accepts no other JWS in its place. */
export const ENVELOPE_TYP = "sallyport-revision+jws";

/** What the control plane signs (Ed25519, compact JWS) for each node group and schema version. DESIGN §3. */
export const revisionEnvelope = z.strictObject({
  /** Id of the installation: a snapshot of another fleet is refused. */
  fleet: z.uuid(),
  group: entityName,
  schemaVersion: z.int().min(1),
  revision: z.int().min(1),
  parent: z.int().min(0),
  /** Rises only by a restore of the control plane; within one epoch a lower revision is refused. */
  epoch: z.int().min(1),
  rootHash: sha256Hex,
  installationHash: sha256Hex,
  /** A snapshot without tenants is refused unless it says that this is meant. */
  empty: z.boolean(),
  created: z.iso.datetime(),
  /**
   * RFC 7638 thumbprints of the keys that nodes pin from this revision on, the signing key's among them. Under the signature,
   * because whoever could add a key on the way could sign everything after. Absent: the pinned keys stay.
   */
  trustedKeys: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/))
    .min(1)
    .max(4)
    .optional(),
});
export type RevisionEnvelope = z.output<typeof revisionEnvelope>;

/** A public Ed25519 key with its RFC 7638 thumbprint as `kid`. */
export const ed25519PublicJwk = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  kid: z.string().min(1).max(64),
});
export type Ed25519PublicJwk = z.output<typeof ed25519PublicJwk>;
