import { createHash } from "node:crypto";
import { canonicalJson, RECEIPT_TYP, revisionEnvelope, revisionReceipt } from "@sallyport/snapshot";
import type { SyncRequest, SyncResponse } from "@sallyport/snapshot/protocol";
import { compactVerify, decodeJwt, importJWK } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServiceError } from "../errors.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, enrolmentOf, makeNodeKey, type NodeKey, nodeToken, nothingYet, poll } from "../testing/test-node.js";

const failure = async (work: Promise<unknown>): Promise<ServiceError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
};

const joinToken = async (fleet: TestFleet, more: { kind?: "one_off" | "reusable"; group?: string } = {}): Promise<string> =>
  (await fleet.cp.joinTokens.create(admin, { group: "default", label: "test", ...more })).token;

/** Of what the default group gets of a revision. */
async function rootHashOf(fleet: TestFleet, revision: number): Promise<string> {
  const row = await fleet.data.fleet.revisionGroup.findFirstOrThrow({ where: { revision, groupName: "default" }, select: { rootHash: true } });
  return row.rootHash;
}

/** What a node would state after it applied an answer. */
function applied(answer: SyncResponse): SyncRequest {
  if (answer.kind !== "update") throw new Error("expected an update");
  const { revision, epoch, rootHash, installationHash } = revisionEnvelope.parse(decodeJwt(answer.envelope));
  return {
    ...nothingYet,
    revision,
    epoch,
    rootHash,
    installationHash,
    delivery: { outcome: "ack", revision, epoch, rootHash, appliedAt: new Date().toISOString(), applyMs: 12 },
  };
}

describe("enrolment", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startTestFleet();
  });
  afterAll(() => fleet.close());

  it("gives a one-off token to exactly one of twenty nodes that use it at once", async () => {
    const token = await joinToken(fleet);
    const keys = await Promise.all(Array.from({ length: 20 }, makeNodeKey));
    const results = await Promise.allSettled(keys.map((key) => enrol(fleet.replica(), key, token, Date.now())));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const errors = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as ServiceError).message] : []));
    expect(new Set(errors).size).toBe(1);
  });

  it("lets ten nodes of one name in at the same moment, each under a name of its own", async () => {
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "fleet of one image", kind: "reusable" });
    const client = { ip: "198.51.100.9", userAgent: null, requestId: "test" };
    const enrolled = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const request = await enrolmentOf(await makeNodeKey(), token, Date.now(), { name: "edge" });
        return fleet.replica().nodeApi.enrol(request, client);
      }),
    );
    expect(new Set(enrolled.map(({ name }) => name)).size).toBe(10);
  });

  it("answers the same for a token that is unknown, garbage, used, expired or revoked", async () => {
    const key = await makeNodeKey();
    const used = await joinToken(fleet);
    await enrol(fleet.cp, await makeNodeKey(), used, Date.now());
    const revoked = await fleet.cp.joinTokens.create(admin, { group: "default", label: "gone" });
    await fleet.cp.joinTokens.revoke(admin, { id: revoked.id });
    const expired = await joinToken(fleet);
    const unknown = `spj_${"A".repeat(43)}.${"B".repeat(43)}`;
    const texts = new Set<string>();
    for (const token of [used, revoked.token, unknown, "garbage"]) texts.add((await failure(enrol(fleet.cp, key, token, Date.now()))).message);
    fleet.clock.advance(16 * 60_000);
    texts.add((await failure(enrol(fleet.cp, key, expired, fleet.clock.now()))).message);
    fleet.clock.advance(-16 * 60_000);
    expect(texts.size).toBe(1);
  });

  it("refuses a proof for another token, by another key, or of another time", async () => {
    const token = await joinToken(fleet);
    const key = await makeNodeKey();
    const client = { ip: "198.51.100.9", userAgent: null, requestId: "test" };
    const good = await enrolmentOf(key, token, Date.now());
    const otherToken = await enrolmentOf(key, await joinToken(fleet), Date.now());
    const otherKey = await enrolmentOf(await makeNodeKey(), token, Date.now());
    const old = await enrolmentOf(key, token, Date.now() - 120_000);
    for (const proof of [otherToken.proof, otherKey.proof, old.proof, "a.b.c"])
      expect((await failure(fleet.cp.nodeApi.enrol({ ...good, proof }, client))).code).toBe("unauthenticated");
    const renamed = { ...good, publicKey: { ...good.publicKey, kid: "A".repeat(43) } };
    expect((await failure(fleet.cp.nodeApi.enrol(renamed, client))).code).toBe("unauthenticated");
    expect((await fleet.cp.nodeApi.enrol(good, client)).group).toBe("default");
  });

  it("gives the same identity to a node whose first answer was lost", async () => {
    const token = await joinToken(fleet);
    const key = await makeNodeKey();
    const first = await enrol(fleet.cp, key, token, Date.now(), { name: "edge-1" });
    expect(await enrol(fleet.cp, key, token, Date.now(), { name: "edge-1" })).toEqual(first);
  });

  it.each(["one_off", "reusable"] as const)(
    "gives one identity to a node that asks again before its first call is done, with a %s token",
    async (kind) => {
      const token = await joinToken(fleet, { kind });
      const key = await makeNodeKey();
      const calls = [fleet.cp, fleet.replica(), fleet.cp].map((cp) => enrol(cp, key, token, Date.now(), { name: "hasty" }));
      const [first, ...others] = await Promise.all(calls);
      expect(others).toEqual([first, first]);
    },
  );

  it("gives it also when others have used the reusable token since, and to no node of another group", async () => {
    const token = await joinToken(fleet, { kind: "reusable" });
    const key = await makeNodeKey();
    const first = await enrol(fleet.cp, key, token, Date.now(), { name: "patient" });
    await enrol(fleet.cp, await makeNodeKey(), token, Date.now());
    expect(await enrol(fleet.cp, key, token, Date.now(), { name: "patient" })).toEqual(first);
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "lab", { version: null, spec: { displayName: "Lab", tenants: [] } });
    const elsewhere = await joinToken(fleet, { kind: "reusable", group: "lab" });
    expect((await failure(enrol(fleet.cp, key, elsewhere, Date.now()))).code).toBe("precondition");
  });

  it("keeps names apart, and pins the key that the token names", async () => {
    const token = await joinToken(fleet, { kind: "reusable" });
    const one = await enrol(fleet.cp, await makeNodeKey(), token, Date.now(), { name: "twin" });
    const two = await enrol(fleet.cp, await makeNodeKey(), token, Date.now(), { name: "twin" });
    expect([one.name, two.name]).toEqual(["twin", "twin-2"]);
    expect(one.trustedKeys.map(({ kid }) => kid)).toContain(token.split(".")[1]);
  });

  it("slows down an address that keeps guessing", async () => {
    const key = await makeNodeKey();
    const client = { ip: "198.51.100.66", userAgent: null, requestId: "test" };
    const request = await enrolmentOf(key, `spj_${"C".repeat(43)}.${"D".repeat(43)}`, Date.now());
    for (let attempt = 0; attempt < 20; attempt++) await failure(fleet.cp.nodeApi.enrol(request, client));
    const stopped = await failure(fleet.cp.nodeApi.enrol(request, client));
    expect(stopped.code).toBe("too_many_attempts");
    expect(stopped.retryAfterSeconds).toBeGreaterThan(0);
  });
});

describe("sync", () => {
  let fleet: TestFleet;
  let key: NodeKey;
  let nodeId: string;
  let state: SyncRequest = nothingYet;

  beforeAll(async () => {
    fleet = await startTestFleet();
    key = await makeNodeKey();
    nodeId = (await enrol(fleet.cp, key, await joinToken(fleet), Date.now(), { name: "edge-1" })).nodeId;
    await makeTenant(fleet.cp, "acme");
    await makeTenant(fleet.cp, "globex");
  });
  afterAll(() => fleet.close());

  it("has nothing to say before the first publish", async () => {
    expect(await poll(fleet.cp, key, nodeId, nothingYet)).toEqual({ kind: "unchanged", retryAfterMs: 0 });
  });

  it("sends everything to a node that has nothing, each section under its hash", async () => {
    await beat(fleet.cp, key, nodeId, Date.now());
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
    const answer = await poll(fleet.cp, key, nodeId, nothingYet);
    if (answer.kind !== "update") throw new Error("expected an update");
    expect(answer.base).toBeNull();
    const { manifest } = answer;
    if (manifest === null) throw new Error("expected a whole manifest");
    expect(Object.keys(answer.changed).sort()).toEqual(Object.keys(manifest).sort());
    for (const [name, body] of Object.entries(answer.changed)) {
      const hash = createHash("sha256")
        .update(canonicalJson(body as never))
        .digest("hex");
      expect(hash).toBe(manifest[name]);
    }
    state = applied(answer);
  });

  it("is live when the nodes that were connected have acknowledged it, and not before", async () => {
    expect((await fleet.cp.revisions.get(admin, 1)).state).toBe("pending");
    expect(await poll(fleet.cp, key, nodeId, state)).toEqual({ kind: "unchanged", retryAfterMs: 0 });
    const revision = await fleet.cp.revisions.get(admin, 1);
    expect(revision).toMatchObject({ state: "live", applied: 1, targets: 1 });
    expect(revision.nodes[0]).toMatchObject({ name: "edge-1", state: "applied", applyMs: 12 });
    const { receipt, keys } = await fleet.cp.revisions.receipt(admin, 1);
    const [signing] = keys;
    if (signing === undefined) throw new Error("no key");
    const { payload, protectedHeader } = await compactVerify(receipt, await importJWK(signing, "EdDSA"));
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: RECEIPT_TYP, kid: signing.kid });
    expect(revisionReceipt.parse(JSON.parse(new TextDecoder().decode(payload)))).toMatchObject({
      ...{ revision: 1, parent: 0, rootHash: revision.rootHash, author: admin.name },
      nodes: [{ name: "edge-1", group: "default", state: "applied", applyMs: 12, errors: [] }],
    });
    expect((await failure(fleet.cp.revisions.receipt(admin, 99))).code).toBe("not_found");
    const { delivery: _, ...rest } = state;
    state = rest;
  });

  it("wakes a waiting poll within 500 ms of a publish, at another replica too, and sends only what changed", async () => {
    const replica = fleet.replica();
    const before = state;
    const waiting = [fleet.cp, replica].map((cp) =>
      poll(cp, key, nodeId, { ...before, waitMs: 20_000 }).then((answer) => ({ answer, at: performance.now() })),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const scope = await fleet.cp.access.tenant(admin, "acme", "route.write");
    await fleet.cp.objects.put(scope, "Route", "health", {
      version: null,
      spec: { pathPrefix: "/health", upstream: "backend", authentication: { mode: "required" } },
    });
    await fleet.cp.draft.publish(admin, { comment: "Health checks", base: 1 });
    const committed = performance.now();
    for (const { answer, at } of await Promise.all(waiting)) {
      expect(at - committed).toBeLessThan(500);
      if (answer.kind !== "update") throw new Error("expected an update");
      expect(answer.base).toBe(before.rootHash);
      expect(Object.keys(answer.changed)).toEqual(["tenants/acme"]);
      expect(answer.removed).toEqual([]);
      state = applied(answer);
    }
    await poll(fleet.cp, key, nodeId, state);
  });

  it("leaves the manifest out for a node that makes it itself, when the base is exactly what it runs, and else sends it whole", async () => {
    const asked = { ...nothingYet, manifestDelta: true as const };
    const first = await poll(fleet.cp, key, nodeId, asked);
    if (first.kind !== "update") throw new Error("expected an update");
    const { manifest } = first;
    if (manifest === null) throw new Error("a node that has nothing has nothing to make it from");
    const older = { ...asked, revision: 1, epoch: 1, rootHash: await rootHashOf(fleet, 1), installationHash: state.installationHash };
    const delta = await poll(fleet.cp, key, nodeId, older);
    if (delta.kind !== "update") throw new Error("expected an update");
    expect(delta).toMatchObject({ base: older.rootHash, manifest: null, removed: [] });
    expect(Object.keys(delta.changed)).toEqual(["tenants/acme"]);
    const whole = await poll(fleet.cp, key, nodeId, { ...older, manifestDelta: undefined } as unknown as SyncRequest);
    expect(whole).toMatchObject({ base: older.rootHash, manifest });
    // The declared part is known, the installation's is not: a manifest made from it could hold what is gone.
    const strange = await poll(fleet.cp, key, nodeId, { ...older, installationHash: "0".repeat(64) });
    expect(strange).toMatchObject({ base: older.rootHash, manifest });
    await poll(fleet.cp, key, nodeId, state);
  });

  it("shares one answer, and its bytes, between the polls of a group with the same base", async () => {
    const [one, two] = await Promise.all([poll(fleet.cp, key, nodeId, nothingYet), poll(fleet.cp, key, nodeId, nothingYet)]);
    expect(one).toBe(two);
    expect(fleet.cp.nodeApi.serialise(one)).toBe(fleet.cp.nodeApi.serialise(two));
    await poll(fleet.cp, key, nodeId, state);
  });

  it("names the sections that went away", async () => {
    const scope = await fleet.cp.access.fleet(admin, "tenant.delete");
    await fleet.cp.tenants.remove(scope, { slug: "globex", confirm: "globex" });
    await fleet.cp.draft.publish(admin, { comment: "globex has left", base: 2 });
    const answer = await poll(fleet.cp, key, nodeId, state);
    if (answer.kind !== "update") throw new Error("expected an update");
    expect(answer.removed).toEqual(["tenants/globex"]);
    expect(answer.changed).toEqual({});
  });

  it("stores why a node refuses a revision, shows it, and does not send it again until an operator lets it try", async () => {
    const errors = [{ code: "compile_failed" as const, path: "tenants/acme/routes/all", message: "no such upstream" }];
    const refusal: SyncRequest = { ...state, delivery: { outcome: "nack", revision: 3, epoch: 1, errors } };
    expect(await poll(fleet.cp, key, nodeId, refusal)).toEqual({ kind: "unchanged", retryAfterMs: 0 });
    const { delivery: _, ...quiet } = state;
    expect((await poll(fleet.cp, key, nodeId, quiet)).kind).toBe("unchanged");
    const [node] = await fleet.cp.nodes.list(admin);
    expect(node).toMatchObject({ sync: "refused", revision: 2, targetRevision: 3, refusal: errors });
    expect((await fleet.cp.revisions.get(admin, 3)).nodes[0]).toMatchObject({ state: "refused", errors });

    const waiting = poll(fleet.cp, key, nodeId, { ...quiet, waitMs: 10_000 });
    await fleet.cp.nodes.retry(admin, { name: "edge-1" });
    const answer = await waiting;
    expect(answer.kind).toBe("update");
    await poll(fleet.cp, key, nodeId, applied(answer));
    expect((await fleet.cp.nodes.list(admin))[0]).toMatchObject({ sync: "live", refusal: [] });
    state = applied(answer);
  });

  it("answers a delta that came out wrong with everything, once", async () => {
    const scope = await fleet.cp.access.tenant(admin, "acme", "route.write");
    await fleet.cp.objects.put(scope, "Route", "status", {
      version: null,
      spec: { pathPrefix: "/status", upstream: "backend", authentication: { mode: "required" } },
    });
    await fleet.cp.draft.publish(admin, { comment: "Status page", base: 3 });
    const errors = [{ code: "hash_mismatch" as const, path: "tenants/acme", message: "another hash" }];
    const refusal: SyncRequest = { ...state, delivery: { outcome: "nack", revision: 4, epoch: 1, errors } };
    const answer = await poll(fleet.cp, key, nodeId, refusal);
    expect(answer).toMatchObject({ kind: "update", base: null });
    expect((await poll(fleet.cp, key, nodeId, refusal)).kind).toBe("unchanged");
    await fleet.cp.nodes.retry(admin, { name: "edge-1" });
  });

  it("gives a group that was made after the live revision its part of it, and nothing else", async () => {
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "edge", {
      version: null,
      spec: { displayName: "Edge", tenants: [] },
    });
    const other = await makeNodeKey();
    const { nodeId: id } = await enrol(fleet.cp, other, await joinToken(fleet, { group: "edge" }), Date.now());
    const answer = await poll(fleet.cp, other, id, nothingYet);
    if (answer.kind !== "update") throw new Error("expected an update");
    expect(Object.keys(answer.manifest ?? {}).sort()).toEqual(["fleet", "installation/seed-keys"]);
    expect(decodeJwt(answer.envelope)).toMatchObject({ group: "edge", empty: true, revision: 4 });
  });

  it("keeps a heartbeat whatever an identity provider calls its keys", async () => {
    const node = await fleet.cp.nodeApi.authenticate(await nodeToken(key, nodeId, Date.now()));
    const hostile = "\u0000\ud800";
    await beat(fleet.cp, key, nodeId, Date.now(), { problems: [hostile] });
    expect((await fleet.cp.nodes.list(admin)).find(({ id }) => id === node.id)).toMatchObject({ health: "degraded", problems: ["\ufffd\ufffd"] });
  });

  it("shows the targets of an upstream as the nodes told of them last, to those who may see nodes", async () => {
    const told = { tenant: "acme", upstream: "main", inFlight: 2, lastError: null } as const;
    const upstreams = [
      { ...told, target: "http://b", state: "down", lastError: "the health check was answered with 500" } as const,
      { ...told, target: "http://a", state: "healthy" } as const,
      { ...told, tenant: "globex", target: "http://c", state: "ejected" } as const,
    ];
    await beat(fleet.cp, key, nodeId, Date.now(), { upstreams });
    const where = { tenant: "acme", upstream: "main" };
    expect(await fleet.cp.nodes.targets(admin, where)).toEqual([
      { target: "http://a", healthy: 1, ejected: 0, down: 0, inFlight: 2, lastError: null },
      { target: "http://b", healthy: 0, ejected: 0, down: 1, inFlight: 2, lastError: "the health check was answered with 500" },
    ]);
    await beat(fleet.cp, key, nodeId, Date.now());
    expect(await fleet.cp.nodes.targets(admin, where)).toEqual([]);
  });

  it("refuses a node's token with another audience, life, subject, type or key", async () => {
    const other = await makeNodeKey();
    const now = Date.now();
    const good = await nodeToken(key, nodeId, now);
    const bad = [
      await nodeToken(other, nodeId, now),
      await nodeToken(key, crypto.randomUUID(), now),
      await nodeToken(key, nodeId, now - 3_600_000),
      `${good}x`,
      "",
      "a.b.c",
    ];
    for (const token of bad) expect((await failure(fleet.cp.nodeApi.authenticate(token))).code).toBe("unauthenticated");
    expect((await fleet.cp.nodeApi.authenticate(good)).name).toBe("edge-1");
  });

  it("takes a token again for as long as it lives and its node may call, and no longer", async () => {
    const other = await makeNodeKey();
    const { nodeId: id, name } = await enrol(fleet.cp, other, await joinToken(fleet), Date.now(), { name: "short-lived" });
    const token = await nodeToken(other, id, Date.now());
    for (let call = 0; call < 3; call++) expect((await fleet.cp.nodeApi.authenticate(token)).name).toBe(name);
    // Sixty seconds, and what a node's clock may be off.
    fleet.clock.advance(361_000);
    expect((await failure(fleet.cp.nodeApi.authenticate(token))).code).toBe("unauthenticated");
    fleet.clock.advance(-361_000);
    expect((await fleet.cp.nodeApi.authenticate(token)).name).toBe(name);
    await fleet.cp.nodes.revoke(admin, { name });
    expect((await failure(fleet.cp.nodeApi.authenticate(token))).code).toBe("unauthenticated");
  });

  it("stores what a hundred nodes state and report at once, at two replicas, each its own", async () => {
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "many", kind: "reusable" });
    const replica = fleet.replica();
    const many = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const each = await makeNodeKey();
        return { key: each, ...(await enrol(fleet.cp, each, token, Date.now(), { name: `many-${index}` })) };
      }),
    );
    const whole = await poll(fleet.cp, many[0]?.key ?? key, many[0]?.nodeId ?? "", nothingYet);
    const { delivery: _, ...runs } = applied(whole);
    const ack = (applyMs: number): SyncRequest => ({
      ...runs,
      delivery: {
        outcome: "ack",
        revision: runs.revision ?? 0,
        epoch: 1,
        rootHash: runs.rootHash ?? "",
        appliedAt: new Date().toISOString(),
        applyMs,
      },
    });
    const problems = (index: number): string[] => [`problem ${index}`];
    await Promise.all(
      many.flatMap(({ key: each, nodeId: id }, index) =>
        [fleet.cp, replica].flatMap((cp) => [poll(cp, each, id, ack(index)), beat(cp, each, id, Date.now(), { problems: problems(index) })]),
      ),
    );
    const rows = (await fleet.cp.nodes.list(admin)).filter(({ name }) => name.startsWith("many-"));
    expect(rows).toHaveLength(100);
    for (const row of rows) {
      const index = Number(row.name.slice("many-".length));
      expect(row).toMatchObject({ revision: runs.revision, problems: problems(index) });
      const { deliveries } = await fleet.cp.nodes.get(admin, { name: row.name });
      expect(deliveries[0]).toMatchObject({ revision: runs.revision, state: "applied", applyMs: index });
    }
  });

  it("stops a revoked node while it waits, and at every later call", async () => {
    const waiting = failure(
      poll(fleet.cp, key, nodeId, { ...state, revision: 4, waitMs: 10_000, delivery: undefined } as unknown as SyncRequest).then(async (answer) => {
        // It may be told of revision 4 first; the poll after that waits.
        const { delivery: _, ...next } = applied(answer);
        return poll(fleet.cp, key, nodeId, { ...next, waitMs: 10_000 });
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const revoked = performance.now();
    await fleet.cp.nodes.revoke(admin, { name: "edge-1" });
    expect((await waiting).code).toBe("unauthenticated");
    expect(performance.now() - revoked).toBeLessThan(2_000);
    expect((await failure(poll(fleet.cp, key, nodeId, nothingYet))).code).toBe("unauthenticated");
  });
});
