import { type Permission, ROLE_PERMISSIONS, ROLES, type Role, TENANT_ROLES } from "@sallyport/control-plane";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import type { Access } from "@/server/trpc/init";
import { appRouter } from "@/server/trpc/root";

const procedures = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: "query" | "mutation"; meta: { access: Access } } }>,
).map(([path, { _def }]) => ({ path, type: _def.type, access: _def.meta.access }));
const may = (role: Role, permission: Permission): boolean => (ROLE_PERMISSIONS[role] as readonly Permission[]).includes(permission);
const isTenantRole = (role: Role): boolean => (TENANT_ROLES as readonly Role[]).includes(role);

/** The permission table's answer: what the caller is refused with, or null. */
function expected(role: Role, access: Access, slug: string): 403 | 404 | null {
  if (typeof access === "string") return null;
  if ("fleet" in access) return !isTenantRole(role) && may(role, access.fleet) ? null : access.fleet.startsWith("revision.") ? 404 : 403;
  const sees = isTenantRole(role) ? slug === "acme" : slug !== "nobody" && may(role, "tenant.read");
  if (!sees || slug === "nobody") return 404;
  return may(role, access.tenant) ? null : 403;
}

let fixture: ConsoleFixture;
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
});
afterAll(() => fixture.close());

test("every procedure is on the ladder, and only the session's own is public", () => {
  expect(procedures.length).toBeGreaterThan(40);
  expect(procedures.filter(({ access }) => access === "public").map(({ path }) => path)).toEqual(["session.current"]);
});

describe.each(procedures.filter(({ access }) => access !== "public"))("$path", ({ path, type, access }) => {
  test("is 401 without a session, with a made-up one, and with two cookies", async () => {
    const cookies = [undefined, `__Host-sallyport=${"A".repeat(43)}`, `${fixture.admin.cookie}; ${fixture.admin.cookie}`];
    for (const cookie of cookies) {
      const { status, error } = await callTrpc({ type, path, input: { slug: "acme" }, ...(cookie ? { cookie } : {}) });
      expect(status).toBe(401);
      expect(error?.problem.code).toBe("unauthenticated");
    }
  });

  test("answers each role as the permission table says, and a foreign tenant like an absent one", async () => {
    for (const role of ROLES) {
      for (const slug of typeof access === "object" && "tenant" in access ? ["acme", "globex", "nobody"] : ["acme"]) {
        // Nothing but the slug: who may call it is told that the rest is missing, everybody else must not get that far.
        const { status } = await callTrpc({ type, path, input: { slug }, cookie: fixture.byRole[role].cookie });
        const refusal = expected(role, access, slug);
        if (refusal === null) expect([200, 404, 409, 412, 422], `${role} on ${slug}: ${status}`).toContain(status);
        else expect(status, `${role} on ${slug}`).toBe(refusal);
      }
    }
  });
});

test("publishing and rolling back are, for those who may not, what a missing revision is", async () => {
  const { cookie } = fixture.byRole.security_reviewer;
  const calls = [
    { type: "query", path: "revisions.get", input: { number: 999_999 } },
    { type: "mutation", path: "draft.publish", input: { comment: "Everything at once", base: null } },
    { type: "mutation", path: "revisions.rollback", input: { to: 1, comment: "Back" } },
  ] as const;
  const answers = await Promise.all(calls.map((call) => callTrpc({ ...call, cookie })));
  const [absent, ...direct] = answers.map(({ status, error }) => ({ status, message: error?.message, ...error?.problem, requestId: null }));
  expect(absent?.status).toBe(404);
  for (const answer of direct) expect(answer).toEqual(absent);
});

test("a foreign tenant and an absent one get the same words", async () => {
  const answers = await Promise.all(
    ["globex", "nobody"].map((slug) => callTrpc({ type: "query", path: "tenants.get", input: { slug }, cookie: fixture.byRole.tenant_admin.cookie })),
  );
  const [foreign, absent] = answers.map(({ status, error }) => ({ status, message: error?.message, ...error?.problem, requestId: null }));
  expect(foreign).toEqual(absent);
});
