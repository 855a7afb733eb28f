import { randomBytes } from "node:crypto";
import type { FleetTransaction } from "@sallyport/data";
import { contentKeyId } from "@sallyport/pipeline-node";
import { CONTENT_KEY_JWE, type X25519PublicJwk } from "@sallyport/snapshot";
import type { WrappedContentKey } from "@sallyport/snapshot/protocol";
import { CompactEncrypt, importJWK } from "jose";
import type { ControlPlaneDeps } from "../deps.js";
import type { SecretBox, SecretPlace } from "./sealed.js";

/** A node group's content key. */
export interface ContentKey {
  /** Commitment to the key. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** The keys that node groups' secrets are encrypted with on their way (DESIGN §3). */
export interface ContentKeys {
  /** The group's key, made when it has none. The caller holds the revisions' lock. */
  current(tx: FleetTransaction, groupId: string): Promise<ContentKey>;
  /** Ends the group's key; the next `current` makes another. What was sealed with it can be opened here no more. @returns whether there was one */
  retire(tx: FleetTransaction, groupId: string): Promise<boolean>;
  /** The key for one node: null when it is retired, or the node's key is none that anything can be encrypted to. */
  wrapFor(id: string, recipient: X25519PublicJwk): Promise<WrappedContentKey | null>;
}

const BYTES = 32;
const placeOf = (groupId: string, id: string): SecretPlace => ({ table: "content_key", row: `${groupId}/${id}`, column: "sealed" });

export function createContentKeys(deps: ControlPlaneDeps, box: SecretBox): ContentKeys {
  const open = (row: { id: string; groupId: string; sealed: Uint8Array | null; wrappingKeyId: string }): Buffer | null =>
    row.sealed === null
      ? null
      : Buffer.from(box.open({ bytes: Buffer.from(row.sealed), keyId: row.wrappingKeyId }, placeOf(row.groupId, row.id)), "base64url");

  return {
    async current(tx, groupId) {
      const row = await tx.contentKey.findFirst({ where: { groupId, retiredAt: null } });
      const standing = row === null ? null : open(row);
      if (row !== null && standing !== null) return { id: row.id, key: standing };
      const key = randomBytes(BYTES);
      const id = contentKeyId(key);
      const sealed = box.seal(key.toString("base64url"), placeOf(groupId, id));
      const createdAt = new Date(deps.clock.now());
      await tx.contentKey.create({ data: { id, groupId, sealed: new Uint8Array(sealed.bytes), wrappingKeyId: sealed.keyId, createdAt } });
      return { id, key };
    },

    async retire(tx, groupId) {
      const now = new Date(deps.clock.now());
      const { count } = await tx.contentKey.updateMany({ where: { groupId, retiredAt: null }, data: { sealed: null, retiredAt: now } });
      await tx.sealedSecret.deleteMany({ where: { contentKey: { groupId, retiredAt: { not: null } } } });
      return count > 0;
    },

    async wrapFor(id, recipient) {
      const row = await deps.data.fleet.contentKey.findUnique({ where: { id } });
      const key = row === null ? null : open(row);
      if (key === null) return null;
      const { alg, enc } = CONTENT_KEY_JWE;
      try {
        const to = await importJWK({ ...recipient }, alg);
        return { id, jwe: await new CompactEncrypt(key).setProtectedHeader({ alg, enc, kid: id }).encrypt(to) };
      } catch (error) {
        // A point of low order, for one: nothing may be encrypted to it, and the other nodes do not wait for this one.
        deps.log.warn({ err: error, contentKey: id }, "A content key cannot be encrypted to a node's key; the node goes without.");
        return null;
      }
    },
  };
}
