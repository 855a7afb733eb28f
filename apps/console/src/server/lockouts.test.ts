import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";

let fixture: ConsoleFixture;
let token: string;
let operatorToken: string;
beforeAll(async () => {
  // Nobody listens there.
  process.env.SALLYPORT_STATE_URL = "redis://127.0.0.1:1/0";
  fixture = await startConsoleFixture(await createTestDatabase());
  token = await fixture.tokenFor("tenant_admin");
  operatorToken = await fixture.tokenFor("operator");
});
afterAll(async () => {
  delete process.env.SALLYPORT_STATE_URL;
  await fixture.close();
});

test("a store that does not answer is told as such, over REST and to the pages, and nothing is pretended", async () => {
  const calls = [
    callRest({ method: "GET", path: "/tenants/acme/lockouts", token }),
    callRest({ method: "DELETE", path: `/tenants/acme/lockouts/${"A".repeat(43)}`, token }),
    callRest({ method: "POST", path: "/tenants/acme/lockouts/end", token, body: { all: true } }),
  ];
  calls.push(callRest({ method: "GET", path: "/lockouts", token: operatorToken }));
  for (const { status, body, headers } of await Promise.all(calls))
    expect([status, body.code, headers.get("retry-after")]).toEqual([503, "unavailable", "2"]);
  const page = await callTrpc({ type: "query", path: "lockouts.list", input: { slug: "acme" }, cookie: fixture.byRole.tenant_admin.cookie });
  expect([page.status, page.error?.problem.code]).toEqual([503, "unavailable"]);
});

test("what does not say that all are meant lets nobody in", async () => {
  for (const body of [{}, { all: false }, { all: true, address: "203.0.113.7" }])
    expect((await callRest({ method: "POST", path: "/tenants/acme/lockouts/end", token, body })).status).toBe(422);
  expect((await callRest({ method: "DELETE", path: "/tenants/acme/lockouts/short", token })).status).toBe(422);
  expect((await callRest({ method: "GET", path: "/tenants/acme/lockouts?limit=501", token })).status).toBe(422);
});

test("what is looked for at all tenants is nothing for a tenant's admin, and is named when it cannot be looked for", async () => {
  const { status, body } = await callRest({ method: "GET", path: "/lockouts", token });
  expect([status, body.code]).toEqual([403, "forbidden"]);
  for (const query of ["kind=everybody", "tenant=", "search=%20", "limit=501", "address=1.2.3.4"])
    expect((await callRest({ method: "GET", path: `/lockouts?${query}`, token: operatorToken })).status, query).toBe(422);
});
