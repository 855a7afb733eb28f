import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
let provider: Server;
let issuer: string;
beforeAll(async () => {
  provider = createServer((request, response) => {
    const document = { issuer, jwks_uri: `${issuer}/jwks`, introspection_endpoint: `${issuer}/introspect` };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [] } : document));
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  fleet = await startTestFleet();
  const write = await fleet.cp.access.fleet(admin, "fleet.write");
  const settings = await fleet.cp.fleet.settings(write);
  await fleet.cp.fleet.putSettings(write, { spec: { ...settings.spec, idpAllowedRanges: ["127.0.0.0/8"] }, version: settings.version });
  await makeTenant(fleet.cp, "acme");
});
afterAll(async () => {
  await fleet.close();
  await new Promise((resolve) => provider.close(resolve));
});

const scope = () => fleet.cp.access.tenant(admin, "acme", "tenant.read");
const save = async (input: Parameters<TestFleet["cp"]["portalProviders"]["save"]>[1]) => fleet.cp.portalProviders.save(await scope(), input);

describe("a provider that is saved in the portal", () => {
  it("is in the draft, checked with the result kept, and waits for an operator", async () => {
    const saved = await save({ name: "okta", version: null, spec: { issuer, audiences: ["https://api.acme.example"] } });
    expect(saved).toMatchObject({ provider: { name: "okta", version: 1 }, release: { live: false, waitsFor: "operator" } });
    expect(saved.checks.find(({ id }) => id === "issuer")).toMatchObject({ result: "pass" });
    const kept = (await fleet.cp.portalSetup(await scope())).providers.find(({ name }) => name === "okta");
    expect(kept).toMatchObject({ checkedAt: expect.any(Date), isLive: false });
    expect(kept?.failed).toBe(saved.checks.filter(({ result }) => result === "fail").length);
    expect(await fleet.cp.portalProviders.list(await scope())).toMatchObject([{ name: "main" }, { name: "okta", version: 1 }]);
  });

  it("has its client's secret set with it, which nobody reads again", async () => {
    const client = { method: "client_secret_basic" as const, clientId: "gateway", secret: "opaque-client" };
    const spec = { issuer, audiences: ["https://api.acme.example"], keys: { kind: "none" as const }, introspection: { client } };
    const saved = await save({ name: "opaque", version: null, spec, clientSecret: "canary-of-the-client" });
    expect(JSON.stringify(saved)).not.toContain("canary");
    expect(await fleet.cp.secrets.list(await scope())).toMatchObject([{ name: "opaque-client", hasValue: true }]);
    for (const table of ["secret", "secret_value", "identity_provider", "audit_record"])
      expect(JSON.stringify(await queryOwner(fleet, `SELECT to_json(${table}) FROM ${table}`))).not.toContain("canary");
    const again = await save({ name: "opaque", version: 1, spec: { ...spec, clockToleranceSeconds: 10 } });
    expect(again.provider.version).toBe(2);
    expect(await fleet.cp.secrets.list(await scope())).toMatchObject([{ name: "opaque-client", hasValue: true, valueVersion: 1 }]);
  });

  it("is refused with the field that is wrong", async () => {
    const refused = await refusalOf(save({ name: "bad", version: null, spec: { issuer, audiences: [] } }));
    expect(refused.issues).toMatchObject([{ path: "spec.audiences" }]);
    const needless = await refusalOf(save({ name: "bad", version: null, spec: { issuer, audiences: ["x"] }, clientSecret: "not needed here" }));
    expect(needless.issues).toEqual([{ path: "clientSecret", message: "belongs to no client of this provider; leave it out" }]);
    const late = await refusalOf(save({ name: "okta", version: 7, spec: { issuer, audiences: ["x"] } }));
    expect(late).toMatchObject({ code: "conflict", current: { version: 1 } });
  });
});
