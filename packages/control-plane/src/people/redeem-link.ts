import { type DataClients, type FleetTransaction, type OneTimeLink, withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import { grantsOf } from "../access/grants.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Client, Clock } from "../deps.js";
import { lockFleet } from "../objects/tenant-lock.js";
import { personActor } from "../sessions/client-actor.js";
import { startSession } from "../sessions/start-session.js";
import { invalid, parse } from "../validation.js";
import { consumeLink, deadLink, requireOpenLink } from "./one-time-links.js";
import { hashPassword, passwordIssues } from "./password.js";
import { redeemLinkInput } from "./people.schemas.js";
import { PERSON, type PersonView, toPersonView } from "./person-view.js";
import { countAdmins, replaceRoles } from "./role-bindings.js";

/** A one-time link becomes an account (or a new password) and its first session. */
export type RedeemLink = (input: z.input<typeof redeemLinkInput>, client: Client) => Promise<{ sessionToken: string; person: PersonView }>;

type Redeemed = z.output<typeof redeemLinkInput>;
const linkRoles = z.array(z.strictObject({ role: z.string(), tenantId: z.string().nullable() }));

/** The person that the link is for: made now, or already there. @returns its id */
async function personOf(tx: FleetTransaction, link: OneTimeLink, input: Redeemed, passwordHash: string, at: Date): Promise<string> {
  const account = { displayName: input.displayName, passwordHash, status: "active" } as const;
  if (link.personId !== null) {
    await tx.person.updateMany({ where: { id: link.personId }, data: account });
    return link.personId;
  }
  if (link.purpose !== "first_admin") throw deadLink();
  if ((await countAdmins(tx)) > 0) throw deadLink();
  const taken = await tx.person.findUnique({ where: { email: input.email }, select: { id: true } });
  if (taken !== null) throw invalid([{ path: "email", message: "belongs to somebody who is here already; use another" }]);
  const id = uuidv7();
  await tx.person.createMany({ data: [{ id, email: input.email, ...account, createdAt: at }] });
  return id;
}

export function createRedeemLink({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): RedeemLink {
  return async (raw, client) => {
    const input = parse(redeemLinkInput, raw);
    // Before the link is used up: a password that is too short must not cost the link.
    const issues = passwordIssues(input.password, input.email);
    if (issues.length > 0) throw invalid(issues);
    const now = clock.now();
    const at = new Date(now);
    // Hashing costs 19 MiB and tens of milliseconds: nobody without a link makes us do it.
    await requireOpenLink(data.fleet, input.token, at);
    const passwordHash = await hashPassword(input.password);
    return await withFleet(data.fleet, async (tx) => {
      await lockFleet(tx);
      const link = await consumeLink(tx, input.token, at);
      if (link.email !== null && link.email !== input.email)
        throw invalid([{ path: "email", message: `is not the address that was invited; use ${link.email}` }]);
      const personId = await personOf(tx, link, input, passwordHash, at);
      await replaceRoles(tx, personId, linkRoles.parse(link.roles), { at, by: link.createdBy ?? "system" });
      // Whoever held a session before the new password holds none now.
      await tx.consoleSession.updateMany({ where: { personId, revokedAt: null }, data: { revokedAt: at } });
      const { sessionToken, sessionId } = await startSession(tx, personId, client, now);
      const person = await tx.person.findUniqueOrThrow({ where: { id: personId }, select: PERSON });
      const actor = personActor(person, client, grantsOf(person.roles), sessionId);
      await recordAudit(tx, actor, [{ action: `person.${link.purpose}`, targetKind: "Person", targetName: person.email }], at);
      return { sessionToken, person: toPersonView(person) };
    });
  };
}
