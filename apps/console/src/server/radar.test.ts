import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";

let fixture: ConsoleFixture;
let provider: Server;
let issuer: string;
let operator: string;
let ofTenant: string;

beforeAll(async () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "ES256", use: "sig" }] };
  provider = createServer((request, response) => {
    const document = request.url === "/jwks" ? keys : { issuer, jwks_uri: `${issuer}/jwks` };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => provider.once("listening", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  fixture = await startConsoleFixture(await createTestDatabase());
  await fixture.allowLoopback();
  operator = await fixture.tokenFor("operator");
  ofTenant = await fixture.tokenFor("tenant_admin");
  const { cp, admin } = fixture;
  for (const slug of ["acme", "globex"]) {
    const scope = await cp.access.tenant(admin.actor, slug, "idp.write");
    const spec = { issuer, audiences: [`https://${slug}.example`], tenantClaim: { claim: "org", value: slug } };
    await cp.objects.put(scope, "IdentityProvider", "main", { version: null, spec });
  }
  await cp.draft.publish(admin.actor, { comment: "First", base: null });
});
afterAll(async () => {
  await fixture.close();
  provider.close();
});

test("a provider is asked over REST, and seen with its keys, by whoever may see its tenant", async () => {
  const path = "/tenants/acme/identity-providers/main";
  expect(await callRest({ method: "GET", path: `${path}/radar`, token: ofTenant })).toMatchObject({ status: 404 });
  // What is live is followed with the first look.
  await fixture.cp.radar.look();
  const probed = await callRest({ method: "POST", path: `${path}/probe`, token: ofTenant });
  expect(probed).toMatchObject({
    status: 200,
    body: { state: "well", tenant: "acme", sharedBy: 2, nodes: null, keyRows: [{ kid: "one", heldBy: 0, nodes: null }] },
  });
  expect(JSON.stringify(probed.body)).not.toContain("globex");
  expect(await callRest({ method: "GET", path: `${path}/radar`, token: operator })).toMatchObject({ status: 200, body: { nodes: [] } });
  expect((await callRest({ method: "GET", path: "/tenants/acme/radar", token: ofTenant })).body.items).toMatchObject([
    { identityProvider: "main", state: "well" },
  ]);
});

test("all of the fleet are listed for those who see every tenant, by state and by what is looked for", async () => {
  const list = await callRest({ method: "GET", path: "/radar?state=well&limit=1", token: operator });
  expect(list).toMatchObject({ status: 200, body: { total: 2, counts: { well: 2, failing: 0 }, items: [{ tenant: "acme" }] } });
  const next = await callRest({ method: "GET", path: `/radar?state=well&limit=1&cursor=${String(list.body.nextCursor)}`, token: operator });
  expect(next.body).toMatchObject({ nextCursor: null, items: [{ tenant: "globex" }] });
  for (const query of ["state=odd", "limit=0", "cursor=x", "search=a"])
    expect((await callRest({ method: "GET", path: `/radar?${query}`, token: operator })).status, query).toBe(422);
});

test("the page of a provider that is not live is told so, and no error", async () => {
  const input = { slug: "acme", name: "absent" };
  const { status, data } = await callTrpc({ type: "query", path: "radar.find", input, cookie: fixture.byRole.tenant_viewer.cookie });
  expect([status, data]).toEqual([200, null]);
});
