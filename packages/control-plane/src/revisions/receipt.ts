import { RECEIPT_TYP, type RevisionReceipt, revisionReceipt } from "@sallyport/snapshot";
import { CompactSign } from "jose";
import type { Signer } from "../keys/signing-keys.js";
import type { RevisionDetail } from "./revisions.js";

/** What a receipt is made of: the revision as it stands at its nodes now. */
export interface ReceiptFacts {
  readonly fleet: string;
  readonly revision: Omit<RevisionDetail, "changes" | "before" | "rollout">;
  readonly issuedAt: Date;
}

export function receiptOf({ fleet, revision, issuedAt }: ReceiptFacts): RevisionReceipt {
  const { number, epoch, parent, rootHash, comment, authorName, createdAt, rolledBackFrom, reissueOf } = revision;
  return revisionReceipt.parse({
    fleet,
    revision: number,
    epoch,
    parent,
    rootHash,
    comment,
    author: authorName,
    publishedAt: createdAt.toISOString(),
    rolledBackFrom,
    reissueOf,
    groups: revision.groups.map((group) => ({
      name: group.name,
      schemaVersion: group.schemaVersion,
      rootHash: group.rootHash,
      liveAt: group.liveAt?.toISOString() ?? null,
    })),
    nodes: revision.nodes.map((node) => ({
      name: node.name,
      group: node.group,
      state: node.state,
      appliedAt: node.appliedAt?.toISOString() ?? null,
      applyMs: node.applyMs,
      errors: node.errors.map(({ code, path, message }) => ({ code, path, message })),
    })),
    issuedAt: issuedAt.toISOString(),
  });
}

/** Compact JWS, Ed25519 (RFC 8037), with the key that signs revisions and a `typ` of its own. */
export function signReceipt(receipt: RevisionReceipt, signer: Signer): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(receipt));
  return new CompactSign(payload).setProtectedHeader({ alg: "EdDSA", typ: RECEIPT_TYP, kid: signer.kid }).sign(signer.privateKey);
}
