import { withTenant } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { lockTenant } from "../objects/tenant-lock.js";
import { randomSecret, tokenHash } from "../secrets/random-token.js";
import { parse } from "../validation.js";
import { INVITATION_FACTS, type InvitationRow, toInvitationRow } from "./invitation-rows.js";
import { type CreateInvitationInput, createInvitationInput, invitationId } from "./portal.schemas.js";

/** Links with which people of a tenant come in to the portal. */
export interface PortalInvitations {
  /**
   * @returns the link, which is shown this once. Its token stands in the fragment, so that no server, log or Referer sees it
   * @throws ServiceError `invalid`; `precondition` at the limit of links that nobody has used
   */
  create(scope: TenantScope, input: CreateInvitationInput): Promise<{ link: string; row: InvitationRow }>;
  /** The newest first, the last 200. */
  list(scope: TenantScope): Promise<InvitationRow[]>;
  /** Ends the link, and who is in the portal by it. @throws ServiceError `not_found`, `precondition` when it is over already */
  revoke(scope: TenantScope, input: z.input<typeof invitationId>): Promise<InvitationRow>;
}

/** Of one tenant, that still work. */
const MAX_OPEN = 50;
const SHOWN = 200;
const DAY_MS = 86_400_000;

const target = ({ slug }: TenantScope, recipient: string) => ({ targetKind: "PortalInvitation", targetName: recipient, tenantSlug: slug });

export function createPortalInvitations({ data, clock, publicUrl }: Pick<ControlPlaneDeps, "data" | "clock" | "publicUrl">): PortalInvitations {
  return {
    async create(scope, raw) {
      requireOnTenant(scope, "portal.write");
      const { recipient, expiresInDays, ...input } = parse(createInvitationInput, raw);
      const intents = [...new Set(input.intents)];
      const { tenantId, actor } = scope;
      const token = `spi_${randomSecret()}`;
      const at = new Date(clock.now());
      const expiresAt = new Date(at.getTime() + expiresInDays * DAY_MS);
      const id = uuidv7();
      const row = await withTenant(data.app, tenantId, async (tx) => {
        await lockTenant(tx, tenantId);
        const open = await tx.portalInvitation.count({ where: { tenantId, exchangedAt: null, revokedAt: null, expiresAt: { gt: at } } });
        if (open >= MAX_OPEN)
          throw new ServiceError(
            "precondition",
            `${scope.slug} has ${open} links that nobody has used. Revoke those that are not needed, then make another.`,
          );
        const facts = { tenantId, id, recipient, intents, createdAt: at, createdBy: actor.name, expiresAt };
        await tx.portalInvitation.createMany({ data: [{ ...facts, hash: tokenHash(token) }] });
        const after = { intents, expiresAt: expiresAt.toISOString() };
        await recordAudit(tx, actor, [{ action: "portal_invitation.create", ...target(scope, recipient), after }], at);
        const made = await tx.portalInvitation.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } }, select: INVITATION_FACTS });
        return toInvitationRow(made, at.getTime());
      });
      return { link: `${publicUrl}/portal/invitation#${token}`, row };
    },

    async list(scope) {
      requireOnTenant(scope, "tenant.read");
      const { tenantId } = scope;
      const rows = await withTenant(data.app, tenantId, (tx) =>
        tx.portalInvitation.findMany({ where: { tenantId }, select: INVITATION_FACTS, orderBy: { id: "desc" }, take: SHOWN }),
      );
      return rows.map((row) => toInvitationRow(row, clock.now()));
    },

    async revoke(scope, raw) {
      requireOnTenant(scope, "portal.write");
      const { id } = parse(invitationId, raw);
      const { tenantId, actor } = scope;
      const at = new Date(clock.now());
      return await withTenant(data.app, tenantId, async (tx) => {
        const one = { where: { tenantId_id: { tenantId, id } }, select: INVITATION_FACTS };
        // Whoever exchanges the link at this moment holds its row: what is read afterwards has the session, or none can come any more.
        const { count } = await tx.portalInvitation.updateMany({
          where: { tenantId, id, revokedAt: null },
          data: { revokedAt: at, revokedBy: actor.name },
        });
        const stored = await tx.portalInvitation.findUnique(one);
        if (stored === null) throw notFound("invitation");
        if (count === 0) throw new ServiceError("precondition", "The invitation is revoked already: there is nothing to end.");
        const before = toInvitationRow({ ...stored, revokedAt: null }, at.getTime()).state;
        if (before === "expired" || before === "ended")
          throw new ServiceError("precondition", `The invitation is ${before} already: there is nothing to end.`);
        await tx.portalSession.updateMany({ where: { tenantId, invitationId: id, revokedAt: null }, data: { revokedAt: at } });
        await recordAudit(tx, actor, [{ action: "portal_invitation.revoke", ...target(scope, stored.recipient), before: { state: before } }], at);
        return toInvitationRow(stored, at.getTime());
      });
    },
  };
}
