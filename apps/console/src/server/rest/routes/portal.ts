import { createInvitationInput, PORTAL_INTENTS, portalGoesLiveInput } from "@sallyport/control-plane";
import { z } from "zod";
import { tenantRoute } from "@/server/rest/route";

const TAG = "Portal";
const inTenant = z.object({ slug: z.string() });
const list = "/tenants/{slug}/portal-invitations" as const;

const invitationView = z
  .object({
    id: z.string(),
    /** Whom it is for. */
    recipient: z.string(),
    intents: z.array(z.enum(PORTAL_INTENTS)).readonly(),
    state: z.enum(["open", "in_use", "ended", "expired", "revoked"]),
    createdAt: z.date(),
    createdByName: z.string(),
    /** Of the link, and of the session that comes of it. */
    expiresAt: z.date(),
    exchangedAt: z.date().nullable(),
    lastSeenAt: z.date().nullable(),
    ip: z.string().nullable(),
    revokedAt: z.date().nullable(),
    revokedByName: z.string().nullable(),
  })
  .meta({ id: "PortalInvitation" });

const settings = "/tenants/{slug}/portal-settings" as const;
const settingsView = z
  .object({
    /** What is saved in the portal is published by itself; else it waits in the draft. */
    goesLive: z.boolean(),
  })
  .meta({ id: "PortalSettings" });

export const portalRoutes = [
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: list,
      tag: TAG,
      summary: "Invitations to a tenant's portal, the newest first, without the links",
      params: inTenant,
      response: z.object({ items: z.array(invitationView) }).meta({ id: "PortalInvitations" }),
    },
    async ({ cp, scope }) => ({ body: { items: await cp.portalInvitations.list(scope) } }),
  ),
  tenantRoute(
    "portal.write",
    {
      method: "POST",
      path: list,
      tag: TAG,
      summary: "Makes a link to a tenant's portal, which works once; it is in this answer and nowhere afterwards",
      params: inTenant,
      body: createInvitationInput,
      status: 201,
      response: invitationView.extend({ link: z.string() }).meta({ id: "NewPortalInvitation" }),
      secret: true,
    },
    async ({ cp, scope }, { body }) => {
      const { link, row } = await cp.portalInvitations.create(scope, body);
      return { body: { ...row, link } };
    },
  ),
  tenantRoute(
    "portal.write",
    {
      method: "DELETE",
      path: `${list}/{id}`,
      tag: TAG,
      summary: "Ends a link, and who is in the portal by it",
      params: inTenant.extend({ id: z.string() }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope }, { params: { id } }) => {
      await cp.portalInvitations.revoke(scope, { id });
      return { body: undefined };
    },
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: settings,
      tag: TAG,
      summary: "Whether what a tenant's people save in the portal goes live by itself",
      params: inTenant,
      response: settingsView,
    },
    async ({ cp, scope }) => ({ body: { goesLive: await cp.portalChanges.goesLive(scope) } }),
  ),
  tenantRoute(
    "portal.write",
    {
      method: "PUT",
      path: settings,
      tag: TAG,
      summary: "Has it go live by itself, or wait for an operator; takes the permission to publish as well",
      params: inTenant,
      body: portalGoesLiveInput,
      response: settingsView,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.portalChanges.setGoesLive(scope, body) }),
  ),
];
