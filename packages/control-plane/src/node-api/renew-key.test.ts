import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP, RENEWAL_TYP, type RenewalClaims } from "@sallyport/snapshot/protocol";
import { CompactSign, compactDecrypt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { statementOf } from "../testing/secret-node.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, enrolmentOf, makeNodeKey, type NodeKey, nodeToken, nothingYet } from "../testing/test-node.js";

const MINUTE_MS = 60_000;
const client = { ip: "203.0.113.9", userAgent: "sallyport-gateway/0.1.0", requestId: "renewal" };

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  const scope = await fleet.cp.access.tenant(admin, "acme", "tenant.read");
  await fleet.cp.objects.put(scope, "Secret", "okta", { spec: {}, version: null });
  await fleet.cp.secrets.set(scope, "okta", { value: "canary" });
  await fleet.cp.draft.publish(admin, { comment: "First", base: null });
});
afterAll(() => fleet.close());

interface Node {
  readonly key: NodeKey;
  readonly id: string;
  readonly name: string;
}
const now = () => fleet.clock.now();
async function joined(name: string): Promise<Node> {
  const key = await makeNodeKey();
  const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: name });
  const { nodeId } = await enrol(fleet.cp, key, token, now(), { name });
  fleet.clock.advance(2 * MINUTE_MS);
  return { key, id: nodeId, name };
}

interface Making {
  readonly claims?: Partial<RenewalClaims>;
  /** Who signs outside, and inside. */
  readonly outer?: NodeKey;
  readonly inner?: NodeKey;
  readonly typ?: string;
}
const sign = (key: NodeKey, payload: string, typ: string) =>
  new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader({ alg: "EdDSA", typ, kid: key.publicKey.kid }).sign(key.privateKey);

async function renewalOf(node: Node, next: NodeKey, making: Making = {}, encryption: KeyObject = generateKeyPairSync("x25519").publicKey) {
  const claims: RenewalClaims = {
    aud: NODE_TOKEN_AUDIENCE,
    sub: node.id,
    oldKid: node.key.publicKey.kid,
    newKey: next.publicKey,
    encryptionKey: await statementOf(next, encryption),
    iat: Math.floor(now() / 1_000),
    ...making.claims,
  };
  const typ = making.typ ?? RENEWAL_TYP;
  return { renewal: await sign(making.outer ?? node.key, await sign(making.inner ?? next, JSON.stringify(claims), typ), typ) };
}
const callBy = async (node: Node, key: NodeKey = node.key) => fleet.cp.nodeApi.authenticate(await nodeToken(key, node.id, now()), () => client);
const renew = async (node: Node, input: unknown, key: NodeKey = node.key) => fleet.cp.nodeApi.renewKey(await callBy(node, key), input, client);
const polled = async (node: Node, key: NodeKey, says: object) =>
  fleet.cp.nodeApi.sync(await callBy(node, key), { ...nothingYet, ...says }, { signal: new AbortController().signal });
const audit = async (action: string) => fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { action });
const misuses = async (name: string) =>
  (await fleet.cp.alerts.list(admin, { kind: "node_key_misused" })).items.filter(({ title }) => title.includes(`node ${name} `));

describe("a node that proves both keys", () => {
  it("is known by the new one; the old one is good for an hour, and then refused and reported", async () => {
    const node = await joined("renews");
    const next = await makeNodeKey();
    const { kid, previousUntil } = await renew(node, await renewalOf(node, next));
    expect(kid).toBe(next.publicKey.kid);
    expect(Date.parse(previousUntil) - now()).toBeGreaterThan(59 * MINUTE_MS);
    for (const key of [next, node.key]) expect((await callBy(node, key)).id).toBe(node.id);
    const detail = await fleet.cp.nodes.get(admin, { name: node.name });
    expect(detail).toMatchObject({ kid, key: { askedAt: null, previous: { kid: node.key.publicKey.kid } } });
    expect(detail.key.since.getTime()).toBeGreaterThan(detail.enrolledAt.getTime());

    fleet.clock.advance(61 * MINUTE_MS);
    expect((await callBy(node, next)).id).toBe(node.id);
    expect(await misuses(node.name)).toEqual([]);
    expect(await refusalOf(callBy(node))).toMatchObject({ code: "unauthenticated" });
    const [alert] = await misuses(node.name);
    expect(alert).toMatchObject({ severity: "high", status: "open", count: 1 });
    // Again and again within a minute: one event, and the rest is counted with the next.
    for (let call = 0; call < 5; call++) await refusalOf(callBy(node));
    fleet.clock.advance(2 * MINUTE_MS);
    await refusalOf(callBy(node));
    expect(await misuses(node.name)).toMatchObject([{ count: 7 }]);
  });

  it("leaves an audit record with both keys, of the node's own doing", async () => {
    const node = await joined("audited");
    const next = await makeNodeKey();
    await renew(node, await renewalOf(node, next));
    const { items } = await audit("node.renew_key");
    expect(items.find(({ targetName }) => targetName === node.name)).toMatchObject({
      actorKind: "node",
      before: { kid: node.key.publicKey.kid },
      after: { kid: next.publicKey.kid },
    });
  });

  it("has its secrets' content key encrypted to its new key; what it states by the old one counts no more", async () => {
    const node = await joined("wraps");
    const [old, fresh] = [generateKeyPairSync("x25519"), generateKeyPairSync("x25519")];
    const next = await makeNodeKey();
    const oldStatement = await statementOf(node.key, old.publicKey);
    await polled(node, node.key, { encryptionKey: oldStatement });
    await renew(node, await renewalOf(node, next, {}, fresh.publicKey));
    // A poll by the old key is still under way.
    await polled(node, node.key, { encryptionKey: oldStatement });
    const stored = await fleet.data.fleet.node.findUniqueOrThrow({ where: { id: node.id } });
    expect(stored.encryptionKey).not.toBe(oldStatement);
    const answer = await polled(node, next, { encryptionKey: stored.encryptionKey });
    const jwe = answer.kind === "unchanged" ? answer.contentKeys?.[0]?.jwe : undefined;
    expect((await compactDecrypt(jwe ?? "", fresh.privateKey)).plaintext).toHaveLength(32);
  });

  it("may renew again, and then only the key before the present one overlaps", async () => {
    const node = await joined("twice");
    const [second, third] = [await makeNodeKey(), await makeNodeKey()];
    await renew(node, await renewalOf(node, second));
    const after = { ...node, key: second };
    expect(await refusalOf(renew(after, await renewalOf(after, third)))).toMatchObject({ code: "too_many_attempts" });
    fleet.clock.advance(2 * MINUTE_MS);
    await renew(after, await renewalOf(after, third));
    for (const key of [second, third]) expect((await callBy(node, key)).id).toBe(node.id);
    expect(await refusalOf(callBy(node))).toMatchObject({ code: "unauthenticated" });
  });

  it("is asked by somebody, with its next heartbeat and until it has", async () => {
    const node = await joined("asked");
    expect(await refusalOf(fleet.cp.nodes.askToRenew(admin, { name: node.name }))).toMatchObject({ code: "precondition" });
    const heartbeat = async (key: NodeKey, says: object) => {
      const at = new Date(now()).toISOString();
      return fleet.cp.nodeApi.heartbeat(await callBy(node, key), {
        ...{ revision: null, epoch: null, rootHash: null, version: "0.1.0", startedAt: at, clock: at, ready: true, draining: false },
        ...{ requestsPerSecond: 0, refusedPerSecond: 0, pipelineP50Us: null, pipelineP95Us: null, problems: [], jwks: [] },
        ...says,
      });
    };
    expect(await heartbeat(node.key, { renewsKey: true })).not.toHaveProperty("renewKey");
    await fleet.cp.nodes.askToRenew(admin, { name: node.name });
    expect(await heartbeat(node.key, { renewsKey: true })).toMatchObject({ renewKey: true });
    // A node that is older would refuse an answer with the word.
    await beat(fleet.cp, node.key, node.id, now());
    expect(await heartbeat(node.key, {})).not.toHaveProperty("renewKey");
    expect((await fleet.cp.nodes.get(admin, { name: node.name })).key.askedAt).not.toBeNull();
    const next = await makeNodeKey();
    await renew(node, await renewalOf(node, next));
    for (const key of [node.key, next]) expect(await heartbeat(key, { renewsKey: true })).not.toHaveProperty("renewKey");
    expect((await audit("node.ask_renewal")).items).toMatchObject([{ targetName: node.name }]);
  });
});

describe("refused, and reported, is a renewal", () => {
  const cases: [string, (node: Node, next: NodeKey, other: NodeKey) => Promise<unknown>][] = [
    ["whose outer signature is another key's", (node, next, other) => renewalOf(node, next, { outer: other })],
    ["whose inner signature is not the new key's", (node, next, other) => renewalOf(node, next, { inner: other })],
    ["that the old key alone has signed", (node, next) => renewalOf(node, next, { inner: node.key })],
    ["that was made for another node", (node, next) => renewalOf(node, next, { claims: { sub: "0198f0a0-0000-7000-8000-0000000000ff" } })],
    ["that gives up another key", (node, next, other) => renewalOf(node, next, { claims: { oldKid: other.publicKey.kid } })],
    [
      "whose new key has another's kid",
      (node, next, other) => renewalOf(node, next, { claims: { newKey: { ...next.publicKey, kid: other.publicKey.kid } } }),
    ],
    ["to the same key", (node) => renewalOf(node, node.key)],
    ["that was made ten minutes ago", (node, next) => renewalOf(node, next, { claims: { iat: Math.floor(now() / 1_000) - 600 } })],
    ["that is another kind of statement", (node, next) => renewalOf(node, next, { typ: NODE_TOKEN_TYP })],
    ["that is no JWS", async () => ({ renewal: "a.b.c" })],
  ];
  it.each(cases)("%s", async (what, make) => {
    const node = await joined(`forged-${cases.findIndex(([name]) => name === what)}`);
    const input = await make(node, await makeNodeKey(), await makeNodeKey());
    expect(await refusalOf(renew(node, input))).toMatchObject({ code: "unauthenticated" });
    expect(await misuses(node.name)).toHaveLength(1);
    expect((await fleet.cp.nodes.get(admin, { name: node.name })).kid).toBe(node.key.publicKey.kid);
  });

  it("that was sent before, by either key", async () => {
    const node = await joined("replayed");
    const next = await makeNodeKey();
    const input = await renewalOf(node, next);
    await renew(node, input);
    expect(await refusalOf(renew(node, input))).toMatchObject({ code: "unauthenticated" });
    expect(await refusalOf(renew(node, input, next))).toMatchObject({ code: "unauthenticated" });
    expect(await misuses(node.name)).toHaveLength(1);
    expect((await fleet.cp.nodes.get(admin, { name: node.name })).kid).toBe(next.publicKey.kid);
  });

  it("by a key that was given up, while it is still good for calls", async () => {
    const node = await joined("overlapping");
    await renew(node, await renewalOf(node, await makeNodeKey()));
    expect(await refusalOf(renew(node, await renewalOf(node, await makeNodeKey())))).toMatchObject({ code: "unauthenticated" });
    expect(await misuses(node.name)).toHaveLength(1);
  });

  it("to a key that is, or was, another node's; and no node enrols with one that was given up", async () => {
    const [victim, thief] = [await joined("victim"), await joined("thief")];
    const next = await makeNodeKey();
    await renew(victim, await renewalOf(victim, next));
    for (const key of [next, victim.key])
      expect(await refusalOf(renew(thief, await renewalOf(thief, key)))).toMatchObject({ code: "unauthenticated" });
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "again" });
    const again = fleet.cp.nodeApi.enrol(await enrolmentOf(victim.key, token, now()), client);
    expect(await refusalOf(again)).toMatchObject({ code: "precondition" });
  });
});

describe("a renewal", () => {
  it("of two at the same time comes out once", async () => {
    const node = await joined("races");
    const asked = await Promise.all(
      [await makeNodeKey(), await makeNodeKey()].map(async (next) => renew(node, await renewalOf(node, next)).catch(() => null)),
    );
    expect(asked.filter((answer) => answer !== null)).toHaveLength(1);
  });

  it("of a revoked node is refused, by each of its keys, and raises no alarm", async () => {
    const node = await joined("revoked");
    const next = await makeNodeKey();
    await renew(node, await renewalOf(node, next));
    await fleet.cp.nodes.revoke(admin, { name: node.name });
    for (const key of [node.key, next]) expect(await refusalOf(callBy(node, key))).toMatchObject({ code: "unauthenticated" });
    expect(await misuses(node.name)).toEqual([]);
    expect(await refusalOf(fleet.cp.nodes.askToRenew(admin, { name: node.name }))).toMatchObject({ code: "precondition" });
  });

  it("is known at another replica at once", async () => {
    const node = await joined("replicated");
    const other = fleet.replica();
    await other.nodeApi.authenticate(await nodeToken(node.key, node.id, now()));
    const next = await makeNodeKey();
    await renew(node, await renewalOf(node, next));
    expect((await other.nodeApi.authenticate(await nodeToken(next, node.id, now()))).kid).toBe(next.publicKey.kid);
  });

  it("of something that is none is a wrong field, and no alarm", async () => {
    const node = await joined("malformed");
    expect(await refusalOf(renew(node, { renewal: 7 }))).toMatchObject({ code: "invalid" });
    const bad = await renewalOf(node, await makeNodeKey(), { claims: { encryptionKey: "x.y.z" } });
    expect(await refusalOf(renew(node, bad))).toMatchObject({ code: "invalid" });
    expect(await misuses(node.name)).toEqual([]);
  });
});
