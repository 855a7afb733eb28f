import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JwksState, SecurityEventKind } from "@sallyport/snapshot/protocol";
import { createTokenMint, type Jwk, type JwksServer, type OidcProvider, startJwksServer, startOidcProvider } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertRow } from "../alerts/alert-rows.js";
import type { ControlPlane } from "../control-plane.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, makeNodeKey, type NodeKey } from "../testing/test-node.js";
import type { RadarDetail } from "./radar-rows.js";

const MINUTE = 60_000;
const LOOPBACK = ["127.0.0.0/8"];

let fleet: TestFleet;
let second: ControlPlane;
let provider: OidcProvider;
let server: JwksServer;
let folder: string;
let node: { key: NodeKey; id: string };

const keyOf = (kid: string): Jwk => ({ ...createTokenMint({ alg: "ES256", kid }).publicJwk, kid });
const [A, B] = [keyOf("key-a"), keyOf("key-b")];

const scopeOf = (slug: string, actor = admin) => fleet.cp.access.tenant(actor, slug, "tenant.read");
const at = async (slug: string): Promise<RadarDetail> => fleet.cp.radar.get(await scopeOf(slug), { name: "main" });
const codesOf = ({ findings }: RadarDetail): string[] => findings.map(({ code }) => code);
const present = ({ keyRows }: RadarDetail) => keyRows.filter(({ vanishedAt }) => vanishedAt === null).map(({ kid }) => kid);

async function point(slug: string, issuer: string, more: Record<string, unknown> = {}): Promise<void> {
  const scope = await scopeOf(slug);
  const [row] = await fleet.cp.objects.list(scope, "IdentityProvider");
  await fleet.cp.objects.put(scope, "IdentityProvider", "main", { version: row?.version ?? null, spec: { ...row?.spec, issuer, ...more } });
}
const publish = async (comment: string) =>
  fleet.cp.draft.publish(admin, {
    comment,
    base: (await fleet.cp.draft.summary(admin)).base,
    acknowledge: (await fleet.cp.review.show(admin)).warnings.map(({ id }) => id),
  });

async function allow(ranges: readonly string[]): Promise<void> {
  const settings = await fleet.cp.fleet.settings(await fleet.cp.access.fleet(admin, "fleet.read"));
  const write = await fleet.cp.access.fleet(admin, "fleet.write");
  await fleet.cp.fleet.putSettings(write, { version: settings.version, spec: { ...settings.spec, idpAllowedRanges: [...ranges] } });
}

/** Lets the time pass that makes everything due, and looks. */
async function lookAfter(ms = 10 * MINUTE): Promise<number> {
  fleet.clock.advance(ms);
  return fleet.cp.radar.look();
}
const alerts = async (kind: SecurityEventKind): Promise<AlertRow[]> => (await fleet.cp.alerts.list(admin, { kind })).items;

async function enrolled(name: string, group = "default"): Promise<typeof node> {
  const { token } = await fleet.cp.joinTokens.create(admin, { group, label: name });
  const key = await makeNodeKey();
  const { nodeId } = await enrol(fleet.cp, key, token, fleet.clock.now(), { name });
  return { key, id: nodeId };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-radar-"));
  fleet = await startTestFleet();
  second = fleet.replica();
  provider = await startOidcProvider({
    clients: [],
    resources: ["https://api.acme.example"],
    algorithms: ["ES256"],
    keysFile: join(folder, "keys.json"),
  });
  server = await startJwksServer({ jwks: { keys: [A] } });
  await allow(LOOPBACK);
  for (const slug of ["acme", "globex"]) await makeTenant(fleet.cp, slug);
  await point("acme", provider.issuer);
  await point("globex", server.issuer);
  await publish("First");
  node = await enrolled("edge-1");
});
afterAll(async () => {
  await fleet.close();
  await Promise.allSettled([provider.close(), server.close()]);
  await rm(folder, { recursive: true });
});

describe("the IdP radar", () => {
  it("asks every provider of live configuration, and what it finds first is how things are, not news", async () => {
    expect(await fleet.cp.radar.look()).toBe(2);
    for (const slug of ["acme", "globex"]) expect(await at(slug)).toMatchObject({ state: "well", keys: 1, findings: [], code: null, sharedBy: 1 });
    expect((await at("acme")).facts).toMatchObject({ jwksUri: provider.jwksUri, algorithms: ["ES256"], certificateUntil: null });
    expect((await at("globex")).keyRows).toMatchObject([{ kid: "key-a", vanishedAt: null, problem: null, heldBy: 0, nodes: [] }]);
    expect(await alerts("idp_new_key")).toEqual([]);
  });

  it("asks nothing again before it is due, and each provider once however many replicas look", async () => {
    expect(await fleet.cp.radar.look()).toBe(0);
    server.resetCounts();
    fleet.clock.advance(10 * MINUTE);
    const asked = await Promise.all([fleet.cp.radar.look(), second.radar.look(), fleet.cp.radar.look(), second.radar.look()]);
    expect(asked.reduce((sum, each) => sum + each)).toBe(2);
    expect(server.requests).toMatchObject({ discovery: 1, jwks: 1 });
  });

  it("sees a rotation at the provider: the new kid at once, and the old one's end when it goes", async () => {
    const [before] = present(await at("acme"));
    await provider.rotateKeys({ keepOld: true });
    await lookAfter();
    const rotating = await at("acme");
    const [fresh] = present(rotating).filter((kid) => kid !== before);
    expect(present(rotating).toSorted()).toEqual([before, fresh].toSorted());
    expect(rotating.findings).toMatchObject([{ code: "new_key", kid: fresh, severity: "low" }]);
    expect(rotating.state).toBe("well");
    expect(await alerts("idp_new_key")).toMatchObject([{ status: "open", tenant: "acme", severity: "low" }]);

    await provider.rotateKeys();
    await lookAfter();
    const gone = (await at("acme")).keyRows.filter(({ vanishedAt }) => vanishedAt !== null).map(({ kid }) => kid);
    expect(gone.toSorted()).toEqual([before, fresh].toSorted());
    expect(present(await at("acme"))).toHaveLength(1);

    await lookAfter(25 * 60 * MINUTE);
    expect(await at("acme")).toMatchObject({ state: "well", findings: [] });
    expect(await alerts("idp_new_key")).toMatchObject([{ status: "closed" }]);
  });

  it("tells of a key that is gone while a node still verifies with it, and that it is over when the node has refreshed", async () => {
    const holding = (kids: string[]) =>
      beat(fleet.cp, node.key, node.id, fleet.clock.now(), {
        jwks: [
          { tenant: "globex", identityProvider: "main", state: "fresh", kids, fetchedAt: new Date(fleet.clock.now()).toISOString(), lastError: null },
        ],
      });
    server.setKeys({ keys: [B] });
    fleet.clock.advance(10 * MINUTE);
    await holding(["key-a"]);
    await fleet.cp.radar.look();
    const withdrawn = await at("globex");
    expect(withdrawn).toMatchObject({ state: "attention", nodes: [{ node: "edge-1", kids: ["key-a"], state: "fresh" }] });
    expect(withdrawn.findings.find(({ code }) => code === "key_withdrawn")).toMatchObject({ kid: "key-a", severity: "medium" });
    expect(withdrawn.keyRows).toMatchObject([
      { kid: "key-b", heldBy: 0 },
      { kid: "key-a", heldBy: 1, nodes: ["edge-1"] },
    ]);
    expect(await alerts("idp_key_withdrawn")).toMatchObject([{ status: "open", tenant: "globex" }]);

    // It looks again soon, because somebody waits for the end of it.
    fleet.clock.advance(2 * MINUTE);
    await holding(["key-b"]);
    await fleet.cp.radar.look();
    expect(codesOf(await at("globex"))).toEqual(["new_key"]);
    expect(await alerts("idp_key_withdrawn")).toMatchObject([{ status: "closed" }]);
  });

  it("asks a node that has more providers than a heartbeat tells of about the one that somebody looks at, and no other node", async () => {
    const state = (tenant: string, kids: string[]): JwksState => ({
      ...{ tenant, identityProvider: "main", state: "fresh", kids, fetchedAt: new Date(fleet.clock.now()).toISOString(), lastError: null },
    });
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "elsewhere", {
      version: null,
      spec: { displayName: "Elsewhere", tenants: ["acme"] },
    });
    const crowd = Array.from({ length: 1_000 }, (_, index) => state(`tenant-${index}`, ["k"]));
    const say = (more: { askedJwks?: JwksState[] }) => {
      fleet.clock.advance(3_000);
      return beat(fleet.cp, node.key, node.id, fleet.clock.now(), { jwks: crowd, ...more });
    };
    expect(await say({})).not.toHaveProperty("ask");
    await at("globex");
    expect(await say({ askedJwks: [] })).not.toHaveProperty("ask");
    expect((await at("globex")).nodes).toEqual([]);
    expect(await say({})).not.toHaveProperty("ask");
    expect(await say({ askedJwks: [] })).toMatchObject({ ask: [{ tenant: "globex", identityProvider: "main" }] });
    // Of another group's tenants a node hears nothing, not even that somebody looks at them.
    const stranger = await enrolled("edge-elsewhere", "elsewhere");
    expect(await beat(fleet.cp, stranger.key, stranger.id, fleet.clock.now(), { jwks: crowd, askedJwks: [] })).not.toHaveProperty("ask");
    await say({ askedJwks: [state("globex", ["key-b"])] });
    expect((await at("globex")).keyRows[0]).toMatchObject({ kid: "key-b", heldBy: 1, nodes: ["edge-1"] });
    fleet.clock.advance(2 * MINUTE);
    expect(await say({ askedJwks: [] })).not.toHaveProperty("ask");
  });

  it("names a key that stands under another's kid, keys that are too weak, and where keys and endpoints have moved", async () => {
    const weak = { ...createTokenMint({ alg: "RS256", bits: 1_024 }).publicJwk, kid: "weak" };
    server.setKeys({ keys: [keyOf("key-b"), weak] });
    server.setDiscovery({ token_endpoint: `${server.issuer}/elsewhere` });
    await lookAfter();
    const changed = await at("globex");
    expect(codesOf(changed)).toEqual(expect.arrayContaining(["key_replaced", "endpoints_changed", "weak_key"]));
    expect(changed.findings[0]).toMatchObject({ severity: "high" });
    for (const kind of ["idp_key_replaced", "idp_metadata_changed", "idp_weak_key"] as const)
      expect(await alerts(kind)).toMatchObject([{ status: "open", tenant: "globex" }]);
    server.setKeys({ keys: [B] });
    await lookAfter();
    expect(codesOf(await at("globex"))).not.toContain("weak_key");
    expect(await alerts("idp_weak_key")).toMatchObject([{ status: "closed" }]);
  });

  it("takes two failures for an outage, asks ever more seldom, and closes the alert when the provider is back", async () => {
    const { port } = provider;
    await provider.close();
    await lookAfter();
    expect((await at("acme")).state).toBe("well");
    await lookAfter(MINUTE);
    const down = await at("acme");
    expect(down).toMatchObject({ state: "failing", code: "connect_failed", keys: 1 });
    expect(codesOf(down)).toContain("unreachable");
    expect(await alerts("idp_unreachable")).toMatchObject([{ status: "open", tenant: "acme", title: "main of acme brings no keys" }]);
    const wait = async () => (await at("acme")).nextAt.getTime() - fleet.clock.now();
    for (let round = 0; round < 3; round += 1) await lookAfter(70 * MINUTE);
    expect(await wait()).toBeGreaterThan(25 * MINUTE);
    expect(await wait()).toBeLessThan(70 * MINUTE);

    provider = await startOidcProvider({
      port,
      clients: [],
      resources: ["https://api.acme.example"],
      algorithms: ["ES256"],
      keysFile: join(folder, "keys.json"),
    });
    await lookAfter(80 * MINUTE);
    expect(await at("acme")).toMatchObject({ state: "well", code: null, failingSince: null, findings: [] });
    expect(await alerts("idp_unreachable")).toMatchObject([{ status: "closed" }]);
  });

  it("believes nothing of a document with another issuer, and says so at the first look", async () => {
    server.setMode("wrong_issuer");
    await lookAfter();
    const wrong = await at("globex");
    expect(wrong).toMatchObject({ state: "failing", code: "issuer_differs" });
    expect(wrong.findings[0]).toMatchObject({ code: "issuer_changed", severity: "high" });
    expect(present(wrong)).toEqual(["key-b"]);
    server.setMode("good");
    await lookAfter(70 * MINUTE);
    expect(codesOf(await at("globex"))).not.toContain("issuer_changed");
  });

  it.each(["huge", "many_keys", "empty_set", "drip"] as const)(
    "survives a provider that answers with %s",
    async (mode) => {
      server.setMode(mode, { on: "jwks" });
      const { probedAt } = await at("globex");
      await lookAfter(200 * MINUTE);
      const { state, code } = await at("globex");
      expect((await at("globex")).probedAt).not.toEqual(probedAt);
      expect(code, state).not.toBeNull();
      server.setMode("good");
      await lookAfter(200 * MINUTE);
      expect((await at("globex")).code).toBeNull();
    },
    30_000,
  );

  it("asks once for tenants that share a provider, and tells of it once, as a matter of the fleet", async () => {
    const tenantClaim = (value: string) => ({ tenantClaim: { claim: "org", value } });
    await makeTenant(fleet.cp, "hooli");
    await point("globex", server.issuer, tenantClaim("globex"));
    await point("hooli", server.issuer, tenantClaim("hooli"));
    await publish("hooli comes to globex's provider");
    server.resetCounts();
    await lookAfter();
    expect(server.requests).toMatchObject({ discovery: 1, jwks: 1 });
    expect(await at("hooli")).toMatchObject({ code: null, sharedBy: 2 });
    server.setKeys({ keys: [B, keyOf("key-c")] });
    await lookAfter();
    const shared = (await alerts("idp_new_key")).filter(({ tenant, status }) => tenant === null && status === "open");
    expect(shared).toMatchObject([{ title: `A new signing key at ${server.issuer}` }]);
  });

  it("tells a review what it found lately, so that the provider is not asked once more", async () => {
    server.setMode("wrong_issuer");
    await lookAfter();
    await makeTenant(fleet.cp, "initech");
    await point("initech", server.issuer, { tenantClaim: { claim: "org", value: "initech" } });
    server.resetCounts();
    const found = await fleet.cp.review.probe(admin, { sections: ["tenants/initech"] });
    expect(found).toMatchObject({ asked: 1, skipped: 0, warnings: [{ code: "issuer_unreachable", path: "tenants/initech/identityProviders/main" }] });
    expect(server.requests.discovery).toBe(0);
    server.setMode("good");
    fleet.clock.advance(11 * MINUTE);
    expect((await fleet.cp.review.probe(admin, { sections: ["tenants/initech"] })).warnings).toEqual([]);
    expect(server.requests.discovery).toBe(1);
    await fleet.cp.draft.discard(admin, { section: "tenants/initech" });
    await lookAfter(70 * MINUTE);
  });

  it("calls no address that the operator does not allow, whatever was allowed when it was saved", async () => {
    server.resetCounts();
    await allow([]);
    await publish("No private ranges any more");
    await lookAfter(200 * MINUTE);
    await lookAfter(MINUTE);
    for (const slug of ["acme", "globex", "hooli"])
      expect(await at(slug)).toMatchObject({ state: "failing", code: expect.stringMatching(/^(address|scheme)_refused$/) });
    expect(server.requests).toMatchObject({ discovery: 0, jwks: 0 });
    await allow(LOOPBACK);
    await publish("Private ranges again");
  });

  it("asks when somebody asks for it, but not again and again", async () => {
    fleet.clock.advance(200 * MINUTE);
    server.resetCounts();
    const scope = await scopeOf("globex");
    expect(await fleet.cp.radar.probe(scope, { name: "main" })).toMatchObject({ code: null });
    await Promise.all([1, 2, 3].map(() => fleet.cp.radar.probe(scope, { name: "main" })));
    expect(server.requests.discovery).toBe(1);
    await expect(fleet.cp.radar.probe(await scopeOf("globex", actorOf("viewer")), { name: "main" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(fleet.cp.radar.get(scope, { name: "absent" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("lists the fleet's providers, the most pressing first, page by page, by state and by what is looked for", async () => {
    await provider.close();
    await lookAfter(200 * MINUTE);
    await lookAfter(MINUTE);
    const first = await fleet.cp.radar.list(admin, { limit: 1 });
    expect(first).toMatchObject({ items: [{ tenant: "acme", state: "failing" }], total: 3, counts: { failing: 1 } });
    const rest = await fleet.cp.radar.list(admin, { limit: 5, cursor: String(first.nextCursor) });
    expect(rest.items.map(({ tenant }) => tenant)).toEqual(["globex", "hooli"]);
    expect(rest.nextCursor).toBeNull();
    expect((await fleet.cp.radar.list(admin, { state: "failing" })).items).toHaveLength(1);
    expect((await fleet.cp.radar.list(admin, { query: "HOOLI" })).items).toMatchObject([{ tenant: "hooli" }]);
    expect((await fleet.cp.radar.list(admin, { query: "100%" })).items).toEqual([]);
    expect(await fleet.cp.radar.ofTenant(await scopeOf("hooli"))).toMatchObject([{ tenant: "hooli", identityProvider: "main" }]);
  });

  it("lets go of what is no longer live, and closes what it had told of it", async () => {
    const scope = await scopeOf("acme");
    const [row] = await fleet.cp.objects.list(scope, "IdentityProvider");
    await fleet.cp.objects.put(scope, "IdentityProvider", "main", {
      version: row?.version ?? null,
      spec: { ...row?.spec, status: "disabled" } as never,
    });
    await publish("acme's provider is switched off");
    await lookAfter();
    await expect(at("acme")).rejects.toMatchObject({ code: "not_found" });
    expect(await fleet.data.fleet.radarTarget.count()).toBe(1);
    expect((await alerts("idp_unreachable")).filter(({ tenant, status }) => tenant === "acme" && status !== "closed")).toEqual([]);
  });
});
