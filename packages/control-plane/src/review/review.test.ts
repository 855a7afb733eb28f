import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Manifest } from "@sallyport/snapshot";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storedManifest } from "../publish/stored-manifest.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

type Spec = Record<string, unknown>;

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  for (const slug of ["acme", "globex", "hooli"]) await makeTenant(fleet.cp, slug);
  await fleet.cp.draft.publish(admin, { comment: "First", base: null });
});
afterAll(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
const base = async (): Promise<number | null> => (await fleet.cp.draft.summary(admin)).base;

async function put(slug: string, kind: "Route" | "IdentityProvider", name: string, change: Spec): Promise<void> {
  const scope = await scopeOf(slug);
  const old = (await fleet.cp.objects.list(scope, kind)).find((row) => row.name === name);
  await fleet.cp.objects.put(scope, kind, name, { version: old?.version ?? null, spec: { ...old?.spec, ...change } } as never);
}
const open = (slug: string, mode = "public") => put(slug, "Route", "all", { authentication: { mode } });

async function discardAll(): Promise<void> {
  for (const { name } of (await fleet.cp.draft.diff(admin)).sections) await fleet.cp.draft.discard(admin, { section: name });
}

async function liveManifest(): Promise<Manifest> {
  const row = await fleet.data.fleet.revision.findFirstOrThrow({ orderBy: { number: "desc" } });
  return storedManifest(row.manifest);
}

describe("a publish that opens a protected route", () => {
  it("needs the word typed and the warning acknowledged, in the service and not only on a screen", async () => {
    await open("acme");
    const { warnings, word, ok } = await fleet.cp.review.show(admin);
    expect(ok).toBe(true);
    expect(word).toBe("acme/all");
    const [opening] = warnings.filter(({ severity }) => severity === "opening");
    expect(opening).toMatchObject({ code: "route_public", path: "tenants/acme/routes/all" });
    const acknowledge = [opening?.id ?? ""];
    const input = { comment: "Open acme", base: await base() };

    const bare = await refusalOf(fleet.cp.draft.publish(admin, input));
    expect(bare).toMatchObject({ code: "unconfirmed", current: { word: "acme/all", warnings: [{ id: opening?.id }] } });
    expect((await refusalOf(fleet.cp.draft.publish(admin, { ...input, acknowledge }))).current).toMatchObject({ word: "acme/all", warnings: [] });
    expect((await refusalOf(fleet.cp.draft.publish(admin, { ...input, acknowledge, confirm: "acme" }))).code).toBe("unconfirmed");
    expect((await refusalOf(fleet.cp.draft.publish(admin, { ...input, confirm: "acme/all" }))).current).toMatchObject({ word: null });
    expect(await base()).toBe(1);

    await fleet.cp.draft.publish(admin, { ...input, acknowledge, confirm: "acme/all" });
    const [entry] = (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), {})).items;
    expect(entry).toMatchObject({ action: "revision.publish", after: { acknowledged: ["route_public tenants/acme/routes/all"] } });
  });

  it("asks anew when the draft has opened something else since", async () => {
    await open("globex", "optional");
    const seen = await fleet.cp.review.show(admin);
    await open("globex", "public");
    const consent = { acknowledge: seen.warnings.map(({ id }) => id), confirm: seen.word ?? "" };
    const refusal = await refusalOf(fleet.cp.draft.publish(admin, { comment: "Open", base: await base(), ...consent }));
    expect(refusal).toMatchObject({ code: "unconfirmed", current: { warnings: [{ code: "route_public" }] } });
    await discardAll();
  });

  it("a rollback to content that opens a route needs the word, too", async () => {
    await open("acme", "deny");
    await fleet.cp.draft.publish(admin, { comment: "Close acme", base: await base() });
    const refusal = await refusalOf(fleet.cp.revisions.rollback(admin, { to: 2, comment: "Back" }));
    expect(refusal).toMatchObject({ code: "unconfirmed", current: { word: "acme/all" } });
    const { revision } = await fleet.cp.revisions.rollback(admin, { to: 2, comment: "Back", confirm: "acme/all" });
    expect((await liveManifest())["tenants/acme"]).toBeDefined();
    await discardAll();
    expect(await base()).toBe(revision);
  });
});

describe("the review of a draft", () => {
  it("shows which hashes change and which nodes get them, for the chosen sections alone", async () => {
    await discardAll();
    const european = { version: null, spec: { displayName: "EU", tenants: ["globex"] } };
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "eu", european);
    const groups = await fleet.data.fleet.nodeGroup.findMany({ select: { id: true, name: true } });
    const idOf = (name: string): string => groups.find((group) => group.name === name)?.id ?? "";
    const now = new Date(fleet.clock.now());
    await fleet.data.fleet.node.createMany({
      data: [
        { name: "n1", groupId: idOf("default"), publicKey: {}, kid: "k1", version: "0.1.0", lastSeenAt: now },
        { name: "n2", groupId: idOf("default"), publicKey: {}, kid: "k2", version: "0.1.0", lastSeenAt: new Date(now.getTime() - 60_000) },
        { name: "n3", groupId: idOf("eu"), publicKey: {}, kid: "k3", version: "0.1.0", lastSeenAt: now },
      ],
    });
    await put("hooli", "IdentityProvider", "main", { clockToleranceSeconds: 10 });
    await put("globex", "IdentityProvider", "main", { clockToleranceSeconds: 10 });
    const live = await liveManifest();

    const { reach, sections } = await fleet.cp.review.show(admin, { sections: ["tenants/hooli"] });
    expect(sections).toEqual(["tenants/hooli"]);
    expect(reach.sections).toEqual([{ name: "tenants/hooli", before: live["tenants/hooli"], after: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(reach.groups).toEqual([
      {
        ...{ name: "default", sections: 1, tenants: 1, nodeCount: 2, connectedCount: 1 },
        nodes: [
          { name: "n1", connected: true },
          { name: "n2", connected: false },
        ],
      },
    ]);
    expect(reach).toMatchObject({ nodeCount: 2, connectedCount: 1, untouchedGroups: ["eu"], unserved: [] });
    expect((await fleet.cp.review.show(admin, { except: ["tenants/globex"] })).sections).toEqual(["tenants/hooli"]);
    expect((await refusalOf(fleet.cp.review.show(admin, { sections: [], except: [] }))).code).toBe("invalid");
    const whole = await fleet.cp.review.show(admin);
    expect(whole.reach.groups.map(({ name, tenants }) => [name, tenants])).toEqual([
      ["default", 2],
      ["eu", 1],
    ]);
    await discardAll();
  });

  it("says what was saved for people only, and is none of the nodes' business", async () => {
    const { version, spec } = await fleet.cp.tenants.get(await scopeOf("hooli"));
    const writing = await fleet.cp.access.tenant(admin, "hooli", "tenant.write");
    fleet.clock.advance(1_000);
    await fleet.cp.tenants.update(writing, { version, spec: { ...spec, displayName: "Hooli XYZ" } });
    const { reach, sections } = await fleet.cp.review.show(admin);
    expect(sections).toEqual([]);
    expect(reach).toMatchObject({ sections: [], groups: [], nodeCount: 0 });
    expect(reach.metadataOnly).toContain("hooli");
  });

  it("shows the token that two tenants would both take, and the publish refuses it", async () => {
    await put("hooli", "IdentityProvider", "main", { issuer: "https://login.globex.example", audiences: ["https://api.globex.example"] });
    const { ok, isolation, errors } = await fleet.cp.review.show(admin, { sections: ["tenants/hooli"] });
    expect(ok).toBe(false);
    expect(isolation).toMatchObject({ ok: false, pairs: 3 });
    expect(isolation.violations).toHaveLength(1);
    expect(isolation.violations[0]).toMatchObject({
      presents: "token",
      example: { iss: "https://login.globex.example", aud: "https://api.globex.example" },
      sides: [{ rules: expect.arrayContaining(["tenantClaim is not set: no claim has to name the tenant"]) }, { rules: expect.any(Array) }],
    });
    expect(errors.map(({ path }) => path).sort()).toEqual(["tenants/globex/identityProviders/main", "tenants/hooli/identityProviders/main"]);
    const refusal = await refusalOf(fleet.cp.draft.publish(admin, { comment: "x", base: await base(), sections: ["tenants/hooli"] }));
    expect(refusal.issues[0]?.message).toContain('both would accept {"iss":"https://login.globex.example"');
    await discardAll();
  });

  it("is for those who may read the draft", async () => {
    expect((await refusalOf(fleet.cp.review.show(actorOf("tenant_admin")))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.review.probe(actorOf("tenant_admin")))).code).toBe("forbidden");
  });
});

describe("publishing a part of the draft", () => {
  it("makes exactly what is live with that part replaced, whichever part it is", async () => {
    let tolerance = 20;
    await fc.assert(
      fc.asyncProperty(fc.subarray(["acme", "globex", "hooli"], { minLength: 1 }), async (chosen) => {
        tolerance += 1;
        for (const slug of ["acme", "globex", "hooli"]) await put(slug, "IdentityProvider", "main", { clockToleranceSeconds: tolerance % 60 });
        const before = await liveManifest();
        const sections = chosen.map((slug) => `tenants/${slug}`);
        const { reach } = await fleet.cp.review.show(admin, { sections });
        await fleet.cp.draft.publish(admin, { comment: "A part", base: await base(), sections });
        const after = await liveManifest();
        const hashes = Object.fromEntries(reach.sections.map(({ name, after: hash }) => [name, hash]));
        expect(after).toEqual({ ...before, ...hashes });
        expect(Object.keys(hashes).sort()).toEqual(sections.sort());
        expect((await fleet.cp.draft.summary(admin)).tenants).toEqual(["acme", "globex", "hooli"].filter((slug) => !chosen.includes(slug)));
      }),
      { numRuns: 8 },
    );
    await discardAll();
  });

  it("a node group and a tenant that it names go out together", async () => {
    await makeTenant(fleet.cp, "initech");
    const [group] = (await fleet.cp.groups.list(await fleet.cp.access.fleet(admin, "fleet.read"))).filter(({ name }) => name === "eu");
    await fleet.cp.draft.publish(admin, { comment: "Groups", base: await base(), sections: ["tenants/initech"] });
    await makeTenant(fleet.cp, "umbrella");
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "eu", {
      version: group?.version ?? null,
      spec: { displayName: "EU", tenants: ["globex", "umbrella"] },
    });
    const alone = await refusalOf(fleet.cp.draft.publish(admin, { comment: "x", base: await base(), sections: ["groups/eu"] }));
    expect(alone.issues).toEqual([{ path: "groups/eu", message: expect.stringContaining("choose tenants/umbrella as well") }]);
    expect((await fleet.cp.review.show(admin, { sections: ["groups/eu"] })).ok).toBe(false);
    await fleet.cp.draft.publish(admin, { comment: "Both", base: await base(), sections: ["groups/eu", "tenants/umbrella"] });
    expect((await fleet.cp.draft.summary(admin)).unpublished).toBe(0);

    const [named] = (await fleet.cp.groups.list(await fleet.cp.access.fleet(admin, "fleet.read"))).filter(({ name }) => name === "eu");
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "eu", {
      version: named?.version ?? null,
      spec: { displayName: "EU", tenants: ["globex"] },
    });
    await fleet.cp.tenants.remove(await fleet.cp.access.fleet(admin, "tenant.delete"), { slug: "umbrella", confirm: "umbrella" });
    const gone = await refusalOf(fleet.cp.draft.publish(admin, { comment: "x", base: await base(), sections: ["tenants/umbrella"] }));
    expect(gone.issues).toEqual([{ path: "tenants/umbrella", message: expect.stringContaining("choose groups/eu as well") }]);
    await fleet.cp.draft.publish(admin, { comment: "Both go", base: await base(), sections: ["groups/eu", "tenants/umbrella"] });
  });
});

describe("providers that come or change are asked whether they answer", () => {
  let server: Server;
  let asked = 0;
  beforeAll(async () => {
    server = createServer((_, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json").end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("by the guarded client alone, once a minute, and without holding up the publish", async () => {
    const { port } = server.address() as AddressInfo;
    const answers = `http://127.0.0.1:${port}`;
    // Past the service, which refuses an address outside the allowed ranges.
    const issuerAt = (slug: string, issuer: string) =>
      fleet.data.fleet.identityProvider.updateMany({
        where: { tenant: { slug } },
        data: { spec: { issuer, audiences: [`https://api.${slug}.example`] }, issuer },
      });
    await issuerAt("acme", answers);
    const refused = await fleet.cp.review.probe(admin);
    expect(refused).toMatchObject({ asked: 1, skipped: 0, warnings: [{ code: "issuer_unreachable", severity: "notice" }] });
    expect(asked).toBe(0);

    const settings = await fleet.cp.fleet.settings(await fleet.cp.access.fleet(admin, "fleet.read"));
    await fleet.cp.fleet.putSettings(await fleet.cp.access.fleet(admin, "fleet.write"), {
      version: settings.version,
      spec: { ...settings.spec, idpAllowedRanges: ["127.0.0.0/8"] },
    });
    fleet.clock.advance(61_000);
    await issuerAt("globex", "http://127.0.0.1:1");
    const both = await fleet.cp.review.probe(admin);
    expect(both.warnings.map(({ path }) => path)).toEqual(["tenants/globex/identityProviders/main"]);
    expect(asked).toBe(1);
    await fleet.cp.review.probe(admin);
    expect(asked).toBe(1);
    const { warnings } = await fleet.cp.review.show(admin);
    const acknowledge = warnings.map(({ id }) => id);
    await fleet.cp.draft.publish(admin, { comment: "All the same", base: await base(), acknowledge });
  });
});
