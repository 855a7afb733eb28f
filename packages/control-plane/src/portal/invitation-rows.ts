import type { Prisma } from "@sallyport/data";
import { knownIntents } from "../access/grants.js";
import type { PortalIntent } from "../access/permissions.js";

/** `open`: nobody has used the link yet. `in_use`: somebody is in the portal by it. `ended`: that session is over. */
export type InvitationState = "open" | "in_use" | "ended" | "expired" | "revoked";

/** An invitation as people see it: facts, never the link or its hash. */
export interface InvitationRow {
  readonly id: string;
  readonly recipient: string;
  readonly intents: readonly PortalIntent[];
  readonly state: InvitationState;
  readonly createdAt: Date;
  readonly createdByName: string;
  /** Of the link, and of its session. */
  readonly expiresAt: Date;
  /** When the link was used. */
  readonly exchangedAt: Date | null;
  readonly lastSeenAt: Date | null;
  /** From where the link was used. */
  readonly ip: string | null;
  readonly revokedAt: Date | null;
  readonly revokedByName: string | null;
}

/** The columns that the app role may read. */
export const INVITATION_FACTS = {
  ...{ id: true, recipient: true, intents: true, createdAt: true, createdBy: true, expiresAt: true, exchangedAt: true },
  ...{ revokedAt: true, revokedBy: true },
  sessions: { select: { lastSeenAt: true, expiresAt: true, absoluteExpiresAt: true, ip: true, revokedAt: true }, orderBy: { createdAt: "desc" } },
} as const satisfies Prisma.PortalInvitationSelect;
type Facts = Prisma.PortalInvitationGetPayload<{ select: typeof INVITATION_FACTS }>;

/** What tells whether a session is over, ms compared with `now`. */
export const isSessionOver = (session: Pick<Facts["sessions"][number], "expiresAt" | "absoluteExpiresAt" | "revokedAt">, now: number): boolean =>
  session.revokedAt !== null || session.expiresAt.getTime() <= now || session.absoluteExpiresAt.getTime() <= now;

function stateOf({ revokedAt, exchangedAt, expiresAt, sessions }: Facts, now: number): InvitationState {
  if (revokedAt !== null) return "revoked";
  if (exchangedAt === null) return expiresAt.getTime() <= now ? "expired" : "open";
  return sessions.some((session) => !isSessionOver(session, now)) ? "in_use" : "ended";
}

/** @param now ms since the epoch */
export function toInvitationRow(facts: Facts, now: number): InvitationRow {
  const { createdBy, revokedBy, sessions, intents, ...rest } = facts;
  const last = sessions[0];
  return {
    ...rest,
    intents: knownIntents(intents),
    state: stateOf(facts, now),
    createdByName: createdBy,
    revokedByName: revokedBy,
    lastSeenAt: last?.lastSeenAt ?? null,
    ip: last?.ip ?? null,
  };
}
