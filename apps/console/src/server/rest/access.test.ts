import { type Permission, ROLE_PERMISSIONS, ROLES, type Role, TENANT_ROLES } from "@sallyport/control-plane";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RestAccess } from "@/server/rest/route";
import { REST_TABLE } from "@/server/rest/table";
import { callRest } from "@/server/testing/call-rest";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";

const may = (role: Role, permission: Permission): boolean => (ROLE_PERMISSIONS[role] as readonly Permission[]).includes(permission);
const isTenantRole = (role: Role): boolean => (TENANT_ROLES as readonly Role[]).includes(role);

function expected(role: Role, access: RestAccess, slug: string): 403 | 404 | null {
  if (typeof access === "string") return null;
  if ("fleet" in access) return !isTenantRole(role) && may(role, access.fleet) ? null : access.fleet.startsWith("revision.") ? 404 : 403;
  const sees = slug !== "nobody" && may(role, "tenant.read") && (!isTenantRole(role) || slug === "acme");
  if (!sees) return 404;
  return may(role, access.tenant) ? null : 403;
}

let fixture: ConsoleFixture;
const tokens = new Map<Role, string>();
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
  for (const role of ROLES) tokens.set(role, await fixture.tokenFor(role));
});
afterAll(() => fixture.close());

const at = (path: string, slug: string): string =>
  path.replace("{slug}", slug).replace("{name}", "absent").replace("{number}", "999999").replace("{id}", "0199aaaa-0000-7000-8000-000000000000");

test("only what holds nothing of the installation is open to everybody", () => {
  expect(REST_TABLE.filter(({ access }) => access === "public").map(({ path }) => path)).toEqual(["/schema"]);
});

describe.each(REST_TABLE.filter(({ access }) => access !== "public"))("$method $path", ({ method, path, access }) => {
  const bodyOf = () => (method === "GET" || method === "DELETE" ? {} : { body: {} });

  test("is 401 without a token, with a made-up one, with a cookie, and with a cut one", async () => {
    const real = tokens.get("platform_admin") ?? "";
    const callers = [{}, { token: `spt_${"A".repeat(43)}` }, { token: real.slice(0, -1) }, { headers: { cookie: fixture.admin.cookie } }];
    for (const caller of callers) {
      const answer = await callRest({ method, path: at(path, "acme"), ...bodyOf(), ...caller });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  test("answers each role's token as the permission table says, and a foreign tenant like an absent one", async () => {
    for (const role of ROLES) {
      for (const slug of typeof access === "object" && "tenant" in access ? ["acme", "globex", "nobody"] : ["acme"]) {
        const answer = await callRest({
          method,
          path: at(path, slug),
          ...bodyOf(),
          ...(tokens.has(role) ? { token: String(tokens.get(role)) } : {}),
        });
        const refusal = expected(role, access, slug);
        if (refusal !== null) expect(answer.status, `${role} on ${slug}`).toBe(refusal);
        // Services may know better than the table's row where access is per document.
        else
          expect(
            [200, 403, 404, 409, 422, 428].filter((status) => access === "signed_in" || status !== 403),
            `${role} on ${slug}`,
          ).toContain(answer.status);
      }
    }
  });
});

test("a foreign tenant and an absent one get the same words", async () => {
  const answers = await Promise.all(
    ["globex", "nobody"].map((slug) => callRest({ method: "GET", path: `/tenants/${slug}`, token: String(tokens.get("tenant_admin")) })),
  );
  const [foreign, absent] = answers.map(({ status, body }) => ({ ...body, status, request_id: null }));
  expect(foreign).toEqual(absent);
});

test("a revoked token is refused at once", async () => {
  const created = await callRest({
    method: "POST",
    path: "/tokens",
    token: String(tokens.get("platform_admin")),
    body: { name: "short", scopes: ["fleet.read"] },
  });
  expect(created.status).toBe(201);
  const token = String(created.body.token);
  expect((await callRest({ method: "GET", path: "/whoami", token })).status).toBe(200);
  await callRest({ method: "DELETE", path: `/tokens/${created.body.id}`, token: String(tokens.get("platform_admin")) });
  expect((await callRest({ method: "GET", path: "/whoami", token })).status).toBe(401);
});
