import { type DataTransaction, type FleetTransaction, withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { knownIntents, portalGrants } from "../access/grants.js";
import type { PortalIntent } from "../access/permissions.js";
import { openTenantScope, type TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Client, ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import { randomSecret, tokenHash } from "../secrets/random-token.js";
import { parse } from "../validation.js";
import { isSessionOver } from "./invitation-rows.js";
import { exchangeInvitationInput } from "./portal.schemas.js";

/** Somebody in the portal. Everything that they call is called with this scope and no other. */
export interface PortalSession {
  readonly scope: TenantScope;
  readonly intents: readonly PortalIntent[];
  /** Whom the invitation was for. */
  readonly recipient: string;
  readonly tenant: { readonly displayName: string };
  /** The session ends then at the latest, with its invitation. */
  readonly endsAt: Date;
}

/** Sessions of the portal: an opaque token of 256 bits, of which only the hash is kept. 24 h idle, and never past the invitation. */
export interface PortalSessions {
  /** Uses the link up: of several who try at once exactly one gets in. @throws ServiceError `precondition`, in the same words for every reason */
  exchange(input: z.input<typeof exchangeInvitationInput>, client: Client): Promise<{ sessionToken: string }>;
  /** Null for anything but a live session of an invitation that stands. */
  authenticate(sessionToken: string, client: Client): Promise<PortalSession | null>;
  leave(sessionToken: string, client: Client): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** Whoever comes back the next morning is still in. */
const IDLE_MS = 24 * HOUR_MS;
/** `lastSeenAt` and the sliding expiry are written at most this often. */
const TOUCH_MS = 60_000;
const LINK_TOKEN = /^spi_[A-Za-z0-9_-]{43}$/;
const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;
const USER_AGENT_CHARACTERS = 512;

const deadLink = (): ServiceError =>
  new ServiceError("precondition", "This link does not work: it was used, ran out, or was taken back. Ask whoever sent it for a new one.");

const WITH_TENANT = {
  invitation: {
    select: {
      id: true,
      recipient: true,
      intents: true,
      expiresAt: true,
      revokedAt: true,
      tenant: { select: { id: true, slug: true, displayName: true } },
    },
  },
} as const;

interface Invited {
  readonly id: string;
  readonly recipient: string;
  readonly intents: readonly string[];
  readonly tenant: { readonly id: string; readonly slug: string };
}

const actorOf = ({ id, recipient, intents, tenant }: Invited, client: Client, sessionId: string): Actor => ({
  kind: "portal",
  id,
  name: recipient,
  ip: client.ip,
  requestId: client.requestId,
  sessionId,
  grants: portalGrants(tenant.id, knownIntents(intents)),
});

function audited(tx: DataTransaction, actor: Actor, verb: string, { recipient, tenant }: Invited, at: Date): Promise<void> {
  const entry = { action: `portal_session.${verb}`, targetKind: "PortalInvitation", targetName: recipient, tenantSlug: tenant.slug };
  return recordAudit(tx, actor, [entry], at);
}

export function createPortalSessions({ data, clock }: Pick<ControlPlaneDeps, "data" | "clock">): PortalSessions {
  const find = (tx: FleetTransaction, sessionToken: string) =>
    tx.portalSession.findUnique({ where: { tokenHash: tokenHash(sessionToken) }, include: WITH_TENANT });

  return {
    async exchange(raw, client) {
      const { token } = parse(exchangeInvitationInput, raw);
      if (!LINK_TOKEN.test(token)) throw deadLink();
      const hash = tokenHash(token);
      const at = new Date(clock.now());
      return await withFleet(data.fleet, async (tx) => {
        // The row's lock decides between several, and between this and a revocation.
        const open = { hash, exchangedAt: null, revokedAt: null, expiresAt: { gt: at } };
        const { count } = await tx.portalInvitation.updateMany({ where: open, data: { exchangedAt: at } });
        const found = count === 1 ? await tx.portalInvitation.findUnique({ where: { hash }, select: WITH_TENANT.invitation.select }) : null;
        if (found === null) throw deadLink();
        const sessionToken = randomSecret();
        const id = uuidv7();
        const expiresAt = new Date(Math.min(at.getTime() + IDLE_MS, found.expiresAt.getTime()));
        await tx.portalSession.createMany({
          data: [
            {
              ...{ tenantId: found.tenant.id, id, invitationId: found.id, tokenHash: tokenHash(sessionToken), createdAt: at, lastSeenAt: at },
              ...{ expiresAt, absoluteExpiresAt: found.expiresAt, ip: client.ip },
              userAgent: client.userAgent?.slice(0, USER_AGENT_CHARACTERS) ?? null,
            },
          ],
        });
        await audited(tx, actorOf(found, client, id), "enter", found, at);
        return { sessionToken };
      });
    },

    async authenticate(sessionToken, client) {
      if (!SESSION_TOKEN.test(sessionToken)) return null;
      const now = clock.now();
      return await withFleet(data.fleet, async (tx) => {
        const session = await find(tx, sessionToken);
        if (session === null || isSessionOver(session, now) || session.invitation.revokedAt !== null) return null;
        const { invitation } = session;
        if (now - session.lastSeenAt.getTime() >= TOUCH_MS) {
          const expiresAt = new Date(Math.min(now + IDLE_MS, session.absoluteExpiresAt.getTime()));
          await tx.portalSession.updateMany({ where: { id: session.id, revokedAt: null }, data: { lastSeenAt: new Date(now), expiresAt } });
        }
        const { tenant, recipient } = invitation;
        const intents = knownIntents(invitation.intents);
        if (intents.length === 0) return null;
        const scope = await openTenantScope(actorOf(invitation, client, session.id), tenant.slug, "tenant.read", async () => tenant);
        return { scope, intents, recipient, tenant: { displayName: tenant.displayName }, endsAt: session.absoluteExpiresAt };
      });
    },

    async leave(sessionToken, client) {
      if (!SESSION_TOKEN.test(sessionToken)) return;
      const at = new Date(clock.now());
      await withFleet(data.fleet, async (tx) => {
        const session = await find(tx, sessionToken);
        if (session === null) return;
        const { count } = await tx.portalSession.updateMany({ where: { id: session.id, revokedAt: null }, data: { revokedAt: at } });
        if (count === 1) await audited(tx, actorOf(session.invitation, client, session.id), "leave", session.invitation, at);
      });
    },
  };
}
