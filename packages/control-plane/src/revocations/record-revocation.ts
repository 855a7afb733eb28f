import type { DataTransaction, FleetTransaction } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";

interface OfTenant {
  readonly tenantId: string;
  readonly slug: string;
}

/** What was taken back for good, where the thing itself is kept. `hint`: the key's last four characters; `digest`: by which nodes know it. */
type Taken =
  | { readonly kind: "api_key"; readonly of: OfTenant; readonly name: string; readonly hint: string; readonly digest: string }
  | { readonly kind: "idp_keys"; readonly of: OfTenant; readonly name: string }
  | OfSessions
  | { readonly kind: "node"; readonly name: string };

/** Sessions of one subject or of all; from one identity provider or from all. */
interface OfSessions {
  readonly kind: "session";
  readonly of: OfTenant;
  readonly subject: string | null;
  readonly name: string | null;
  /** How many; null when the store did not say. */
  readonly sessions: number | null;
}

/** `reason`: where somebody gave one. */
export type FinalRevocation = Taken & { readonly reason: string | undefined };

/**
 * Notes the first revision that brings them to nodes. While a rollout keeps some of them on another content, a reissue makes two revisions,
 * and the one for those has the lower number.
 * @param newest what the reissue returned: null when no node had been told of what was taken back
 */
export async function recordCarried(tx: FleetTransaction, ids: readonly string[], newest: number | null): Promise<void> {
  if (newest === null || ids.length === 0) return;
  const rollout = await tx.rollout.findFirst({ where: { candidate: newest }, select: { held: true } });
  await tx.revocation.updateMany({ where: { id: { in: [...ids] } }, data: { revision: rollout?.held ?? newest } });
}

/**
 * Puts it into the list of what was taken back at once, in the transaction that takes it back.
 * @param at the moment of the change, as in its audit row
 * @returns its id
 */
export async function recordRevocation(tx: DataTransaction, actor: Actor, revocation: FinalRevocation, at: Date): Promise<string> {
  const of = revocation.kind === "node" ? { tenantId: null, tenantSlug: null } : { tenantId: revocation.of.tenantId, tenantSlug: revocation.of.slug };
  const blank = { subject: null, name: null, hint: null, digest: null, sessions: null };
  const { of: _, reason = null, ...facts } = { of: null, ...blank, ...revocation };
  const id = uuidv7();
  await tx.revocation.createMany({ data: [{ ...facts, ...of, reason, id, createdAt: at, createdBy: actor.name }] });
  return id;
}
