import type { FleetClient, FleetTransaction, OneTimeLink } from "@sallyport/data";
import { ServiceError } from "../errors.js";
import { asJson } from "../objects/write-stored.js";
import { randomSecret, tokenHash } from "../secrets/random-token.js";

const HOUR_MS = 3_600_000;
/** The first administrator's link; a start of the console makes a new one. */
export const FIRST_ADMIN_LINK_MS = 24 * HOUR_MS;
export const INVITATION_MS = 72 * HOUR_MS;

/** A role as it is kept in a link: by the tenant's id, which a rename cannot move. */
export interface LinkRole {
  readonly role: string;
  readonly tenantId: string | null;
}

interface NewLink {
  readonly purpose: OneTimeLink["purpose"];
  readonly personId?: string;
  readonly email?: string;
  readonly roles: readonly LinkRole[];
  readonly expiresAt: Date;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** @returns the secret of the link; only its hash is kept */
export async function makeLink(tx: FleetTransaction, { roles, personId, email, ...link }: NewLink): Promise<string> {
  const token = randomSecret();
  await tx.oneTimeLink.createMany({
    data: [{ ...link, hash: tokenHash(token), personId: personId ?? null, email: email ?? null, roles: asJson(roles) }],
  });
  return token;
}

/** The same words for a link that never was, was used, or ran out. */
export const deadLink = (): ServiceError =>
  new ServiceError("precondition", "This link does not work: it was used, ran out, or was replaced by a newer one. Ask for a new link.");

/** A look before the costly part. What it finds may be used up a moment later: `consumeLink` decides. @throws ServiceError `precondition` */
export async function requireOpenLink(client: FleetClient, token: string, at: Date): Promise<void> {
  const open = await client.oneTimeLink.count({ where: { hash: tokenHash(token), usedAt: null, expiresAt: { gt: at } } });
  if (open === 0) throw deadLink();
}

/**
 * Uses the link up: of several who try at once, the row's lock lets exactly one through.
 * @throws ServiceError `precondition` for a link that does not work (any more)
 */
export async function consumeLink(tx: FleetTransaction, token: string, at: Date): Promise<OneTimeLink> {
  const hash = tokenHash(token);
  const { count } = await tx.oneTimeLink.updateMany({ where: { hash, usedAt: null, expiresAt: { gt: at } }, data: { usedAt: at } });
  const link = count === 1 ? await tx.oneTimeLink.findUnique({ where: { hash } }) : null;
  if (link === null) throw deadLink();
  return link;
}
