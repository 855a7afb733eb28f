import { type DataClients, withFleet } from "@sallyport/data";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { grantsOf } from "../access/grants.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Client, Clock } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { passwordMatches } from "../people/password.js";
import { PERSON, type PersonView, toPersonView } from "../people/person-view.js";
import { tokenHash } from "../secrets/random-token.js";
import { parse } from "../validation.js";
import { personActor } from "./client-actor.js";
import { revokeSessionInput, signInInput } from "./sessions.schemas.js";
import { createSignInThrottle } from "./sign-in-throttle.js";
import { IDLE_MS, startSession } from "./start-session.js";

/** A session of the caller's. */
export interface SessionRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** The one that asks. */
  readonly current: boolean;
}

/** Console sessions: an opaque token of 256 bits, of which only the hash is kept. 8 h idle, 7 days at most. */
export interface Sessions {
  /** @throws ServiceError `unauthenticated`, the same for every reason, or `too_many_attempts` */
  signIn(input: z.input<typeof signInInput>, client: Client): Promise<{ sessionToken: string; person: PersonView }>;
  /** Null for anything but a live session of an active person. */
  authenticate(sessionToken: string, client: Client): Promise<{ actor: Actor; person: PersonView; expiresAt: Date } | null>;
  signOut(sessionToken: string, client: Client): Promise<void>;
  list(actor: Actor): Promise<SessionRow[]>;
  /** Ends one of the caller's own sessions. */
  revoke(actor: Actor, input: z.input<typeof revokeSessionInput>): Promise<void>;
}

/** `lastSeenAt` and the sliding expiry are written at most this often. */
const TOUCH_MS = 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function createSessions({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): Sessions {
  const throttle = createSignInThrottle({ data, clock });
  const ofPerson = (actor: Actor) => ({ personId: actor.id, revokedAt: null, expiresAt: { gt: new Date(clock.now()) } });

  return {
    async signIn(raw, client) {
      const { email, password } = parse(signInInput, raw);
      const attempt = await throttle.attempt(email, client.ip);
      const found = await data.fleet.person.findUnique({ where: { email }, select: { ...PERSON, passwordHash: true } });
      const right = await passwordMatches(found?.passwordHash ?? null, password);
      if (found === null || !right || found.status !== "active")
        throw new ServiceError("unauthenticated", "The e-mail address or the password is not right. Check both and try again.");
      await attempt.forgive();
      const { passwordHash: _, ...person } = found;
      const now = clock.now();
      const { sessionToken } = await withFleet(data.fleet, async (tx) => {
        const started = await startSession(tx, person.id, client, now);
        const actor = personActor(person, client, grantsOf(person.roles), started.sessionId);
        await recordAudit(tx, actor, [{ action: "session.sign_in", targetKind: "Person", targetName: person.email }], new Date(now));
        return started;
      });
      return { sessionToken, person: toPersonView(person) };
    },

    async authenticate(sessionToken, client) {
      if (!TOKEN.test(sessionToken)) return null;
      const now = clock.now();
      const session = await data.fleet.consoleSession.findUnique({
        where: { tokenHash: tokenHash(sessionToken) },
        select: { id: true, lastSeenAt: true, expiresAt: true, absoluteExpiresAt: true, revokedAt: true, person: { select: PERSON } },
      });
      if (session === null || session.revokedAt !== null || session.person.status !== "active") return null;
      if (session.expiresAt.getTime() <= now || session.absoluteExpiresAt.getTime() <= now) return null;
      let { expiresAt } = session;
      if (now - session.lastSeenAt.getTime() >= TOUCH_MS) {
        expiresAt = new Date(Math.min(now + IDLE_MS, session.absoluteExpiresAt.getTime()));
        await data.fleet.consoleSession.updateMany({ where: { id: session.id, revokedAt: null }, data: { lastSeenAt: new Date(now), expiresAt } });
      }
      const { person } = session;
      return { actor: personActor(person, client, grantsOf(person.roles), session.id), person: toPersonView(person), expiresAt };
    },

    async signOut(sessionToken, client) {
      if (!TOKEN.test(sessionToken)) return;
      const at = new Date(clock.now());
      await withFleet(data.fleet, async (tx) => {
        const session = await tx.consoleSession.findUnique({
          where: { tokenHash: tokenHash(sessionToken) },
          select: { id: true, person: { select: PERSON } },
        });
        if (session === null) return;
        const { count } = await tx.consoleSession.updateMany({ where: { id: session.id, revokedAt: null }, data: { revokedAt: at } });
        if (count === 0) return;
        const actor = personActor(session.person, client, grantsOf(session.person.roles), session.id);
        await recordAudit(tx, actor, [{ action: "session.sign_out", targetKind: "Person", targetName: session.person.email }], at);
      });
    },

    async list(actor) {
      const rows = await data.fleet.consoleSession.findMany({
        where: ofPerson(actor),
        orderBy: { lastSeenAt: "desc" },
        take: 200,
        select: { id: true, createdAt: true, lastSeenAt: true, expiresAt: true, ip: true, userAgent: true },
      });
      return rows.map((row) => ({ ...row, current: row.id === actor.sessionId }));
    },

    async revoke(actor, raw) {
      const { sessionId } = parse(revokeSessionInput, raw);
      const at = new Date(clock.now());
      await withFleet(data.fleet, async (tx) => {
        const { count } = await tx.consoleSession.updateMany({ where: { ...ofPerson(actor), id: sessionId }, data: { revokedAt: at } });
        if (count === 0) throw notFound("session");
        await recordAudit(tx, actor, [{ action: "session.revoke", targetKind: "Session", targetName: sessionId }], at);
      });
    },
  };
}
