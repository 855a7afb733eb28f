import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";

const away = async (): Promise<ConsoleFixture> => {
  // Nobody listens there.
  process.env.SALLYPORT_STATE_URL = "redis://127.0.0.1:1/0";
  return startConsoleFixture(await createTestDatabase());
};

let fixture: ConsoleFixture;
let token: string;
beforeAll(async () => {
  fixture = await away();
  token = await fixture.tokenFor("tenant_admin");
});
afterAll(async () => {
  delete process.env.SALLYPORT_STATE_URL;
  await fixture.close();
});

test("a store that does not answer is told as such, over REST and to the pages, and nothing is pretended", async () => {
  const calls = [
    callRest({ method: "GET", path: "/tenants/acme/sessions", token }),
    callRest({ method: "DELETE", path: `/tenants/acme/sessions/${"A".repeat(43)}`, token }),
    callRest({ method: "POST", path: "/tenants/acme/sessions/end", token, body: { all: true } }),
    callRest({ method: "POST", path: "/tenants/acme/sessions/end", token, body: { subject: "ada", identityProvider: "main" } }),
  ];
  for (const { status, body, headers } of await Promise.all(calls))
    expect([status, body.code, headers.get("retry-after")]).toEqual([503, "unavailable", "2"]);
  const page = await callTrpc({ type: "query", path: "tenantSessions.list", input: { slug: "acme" }, cookie: fixture.byRole.tenant_admin.cookie });
  expect([page.status, page.error?.problem.code]).toEqual([503, "unavailable"]);
});

test("what does not say whose sessions are meant ends none", async () => {
  for (const body of [{}, { all: false }, { subject: "" }, { all: true, subject: "ada" }, { identityProvider: "main" }])
    expect((await callRest({ method: "POST", path: "/tenants/acme/sessions/end", token, body })).status).toBe(422);
  expect((await callRest({ method: "GET", path: "/tenants/acme/sessions?identityProvider=main", token })).status).toBe(422);
  expect((await callRest({ method: "DELETE", path: "/tenants/acme/sessions/short", token })).status).toBe(422);
});
