import { type DataClients, withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { notFound } from "../errors.js";
import { lockFleet } from "../objects/tenant-lock.js";
import { asJson } from "../objects/write-stored.js";
import { invalid, parse } from "../validation.js";
import { FIRST_ADMIN_LINK_MS, INVITATION_MS, makeLink } from "./one-time-links.js";
import { disablePersonInput, invitePersonInput, setRolesInput } from "./people.schemas.js";
import { PERSON, type PersonView, toPersonView } from "./person-view.js";
import { createRedeemLink, type RedeemLink } from "./redeem-link.js";
import { countAdmins, replaceRoles, requireAnAdmin, resolveRoles } from "./role-bindings.js";

/** A line of the list of people. */
export interface PersonRow extends PersonView {
  /** `invited`: has not chosen a password yet. */
  readonly status: "active" | "disabled" | "invited";
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
}

/** Who may sign in, and as what. The default role is none. */
export interface People {
  /** The link for the first administrator, null once there is one. Each call replaces the link before. */
  firstAdminLink(): Promise<{ token: string } | null>;
  redeemLink: RedeemLink;
  list(scope: FleetScope): Promise<PersonRow[]>;
  /** Works again for somebody who has not accepted yet; the link before stops working. */
  invite(scope: FleetScope, input: z.input<typeof invitePersonInput>): Promise<{ token: string }>;
  setRoles(scope: FleetScope, input: z.input<typeof setRolesInput>): Promise<void>;
  /** Ends every session and token of the person at once. */
  disable(scope: FleetScope, input: z.input<typeof disablePersonInput>): Promise<void>;
  /** Lets somebody who was disabled sign in again, with the roles and the password of before. Old sessions stay ended. */
  enable(scope: FleetScope, input: z.input<typeof disablePersonInput>): Promise<void>;
}

export function createPeople({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): People {
  return {
    redeemLink: createRedeemLink({ data, clock }),

    async firstAdminLink() {
      const now = clock.now();
      return await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        if ((await countAdmins(tx)) > 0) return null;
        await tx.oneTimeLink.deleteMany({ where: { purpose: "first_admin", usedAt: null } });
        const expiresAt = new Date(now + FIRST_ADMIN_LINK_MS);
        const roles = [{ role: "platform_admin", tenantId: null }];
        return { token: await makeLink(tx, { purpose: "first_admin", roles, expiresAt, createdBy: "system", createdAt: new Date(now) }) };
      });
    },

    async list(scope) {
      requireOnFleet(scope, "people.read");
      const rows = await data.fleet.person.findMany({
        orderBy: { displayName: "asc" },
        select: { ...PERSON, createdAt: true, lastSignInAt: true },
      });
      const waiting = new Set((await data.fleet.person.findMany({ where: { passwordHash: null }, select: { id: true } })).map(({ id }) => id));
      return rows.map((row) => ({
        ...toPersonView(row),
        status: row.status === "active" && waiting.has(row.id) ? "invited" : row.status,
        createdAt: row.createdAt,
        lastSignInAt: row.lastSignInAt,
      }));
    },

    async invite(scope, raw) {
      requireOnFleet(scope, "people.write");
      const input = parse(invitePersonInput, raw);
      const now = clock.now();
      const at = new Date(now);
      return await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const known = await tx.person.findUnique({ where: { email: input.email }, select: { id: true, passwordHash: true } });
        if (known?.passwordHash) throw invalid([{ path: "email", message: "belongs to somebody who is here already; change their roles instead" }]);
        const roles = await resolveRoles(tx, input.roles);
        const personId = known?.id ?? uuidv7();
        if (known === null)
          await tx.person.createMany({ data: [{ id: personId, email: input.email, displayName: input.displayName, createdAt: at }] });
        await tx.oneTimeLink.deleteMany({ where: { personId, usedAt: null } });
        await replaceRoles(tx, personId, roles, { at, by: scope.actor.name });
        const expiresAt = new Date(now + INVITATION_MS);
        const link = { purpose: "invite", personId, email: input.email, roles, expiresAt, createdBy: scope.actor.name, createdAt: at } as const;
        const entry = { action: "person.invite", targetKind: "Person", targetName: input.email, after: { roles: input.roles } };
        await recordAudit(tx, scope.actor, [entry], at);
        return { token: await makeLink(tx, link) };
      });
    },

    async setRoles(scope, raw) {
      requireOnFleet(scope, "people.write");
      const { personId, roles } = parse(setRolesInput, raw);
      const at = new Date(clock.now());
      await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const person = await tx.person.findUnique({ where: { id: personId }, select: PERSON });
        if (person === null) throw notFound("person");
        const bindings = await resolveRoles(tx, roles);
        await replaceRoles(tx, personId, bindings, { at, by: scope.actor.name });
        await requireAnAdmin(tx);
        // An invitation that is still open gives what the person may do now, not what was first offered.
        await tx.oneTimeLink.updateMany({ where: { personId, usedAt: null }, data: { roles: asJson(bindings) } });
        const entry = { action: "person.set_roles", targetKind: "Person", targetName: person.email };
        await recordAudit(tx, scope.actor, [{ ...entry, before: { roles: toPersonView(person).roles }, after: { roles } }], at);
      });
    },

    async disable(scope, raw) {
      requireOnFleet(scope, "people.write");
      const { personId } = parse(disablePersonInput, raw);
      const at = new Date(clock.now());
      await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const person = await tx.person.findUnique({ where: { id: personId }, select: PERSON });
        if (person === null) throw notFound("person");
        await tx.person.updateMany({ where: { id: personId }, data: { status: "disabled" } });
        await requireAnAdmin(tx);
        await tx.consoleSession.updateMany({ where: { personId, revokedAt: null }, data: { revokedAt: at } });
        await tx.oneTimeLink.deleteMany({ where: { personId, usedAt: null } });
        await recordAudit(tx, scope.actor, [{ action: "person.disable", targetKind: "Person", targetName: person.email }], at);
      });
    },

    async enable(scope, raw) {
      requireOnFleet(scope, "people.write");
      const { personId } = parse(disablePersonInput, raw);
      await withFleet(data.fleet, async (tx) => {
        const person = await tx.person.findUnique({ where: { id: personId }, select: PERSON });
        if (person === null) throw notFound("person");
        await tx.person.updateMany({ where: { id: personId }, data: { status: "active" } });
        const entry = { action: "person.enable", targetKind: "Person", targetName: person.email };
        await recordAudit(tx, scope.actor, [entry], new Date(clock.now()));
      });
    },
  };
}
