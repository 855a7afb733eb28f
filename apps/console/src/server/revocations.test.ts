import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { REST_TABLE } from "@/server/rest/table";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import { filesOf, type NodeProcess, startNodeProcess } from "@/server/testing/node-process";
import { type ServedRoutes, serveRoutes } from "@/server/testing/serve-routes";
import { Transcript } from "@/server/testing/transcript";

/** SECURITY §3: what is revoked or suspended is refused everywhere within this, ms. */
const PROMISED_MS = 2_000;
const AUDIENCE = "https://api.acme.example";
const reason = "Stolen laptop";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = (): number => Math.floor(Date.now() / 1_000);

interface Node {
  readonly dataDir: string;
  running: NodeProcess;
}
let fixture: ConsoleFixture;
let served: ServedRoutes;
let upstream: Server;
let issuer: string;
let nodes: Node[] = [];
let token: string;
let told: Transcript;
const minted: string[] = [];

/** A token of acme's identity provider; the same claims can be signed again and again. */
function mint(more: Record<string, unknown> = {}): string {
  const claims = { iss: issuer, aud: AUDIENCE, sub: "ada", iat: seconds() - 5, exp: seconds() + 600, jti: randomUUID(), ...more };
  const input = `${segment({ alg: "ES256", typ: "JWT", kid: "key-1" })}.${segment(claims)}`;
  const made = `${input}.${sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  minted.push(made);
  return made;
}

beforeAll(async () => {
  told = new Transcript();
  upstream = createServer((request, response) => {
    if (request.url !== "/jwks") return void response.end("the upstream");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "key-1", alg: "ES256", use: "sig" }] }));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  [fixture, served] = await Promise.all([startConsoleFixture(await createTestDatabase()), serveRoutes()]);
  token = await fixture.tokenFor("platform_admin");
});
afterAll(async () => {
  for (const { running } of nodes) await running.stop();
  upstream.closeAllConnections();
  upstream.close();
  await served.close();
  await fixture.close();
  for (const { dataDir } of nodes) await rm(dataDir, { recursive: true, force: true });
});

async function rest(method: "GET" | "PUT" | "POST" | "DELETE", at: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await callRest({ method, path: at, token, headers, ...(body === undefined ? {} : { body }) });
  told.add(JSON.stringify([answer.body, [...answer.headers]]));
  return answer;
}
const startNode = (dataDir: string, joinToken?: string) =>
  startNodeProcess({ controlPlane: served.url, dataDir, transcript: told, ...(joinToken && { joinToken }) });
async function join(name: string): Promise<Node> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "sallyport-node-"));
  const { token: joinToken } = await fixture.cp.joinTokens.create(fixture.admin.actor, { group: "default", label: name });
  return { dataDir, running: await startNode(dataDir, joinToken) };
}

async function answerOf({ running: { port } }: Node, bearer: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/tenants/acme/anything`, { headers: { authorization: `Bearer ${bearer}` } });
  const text = await response.text();
  told.add(text);
  return response.status === 200 ? "allow" : String(JSON.parse(text).code);
}
const everywhere = (ms: number, bearer: string, answer: string) =>
  told.until(
    `${answer} at every node`,
    async () => (await Promise.all(nodes.map((node) => answerOf(node, bearer)))).every((each) => each === answer),
    ms,
  );

const nodesOf = z.array(z.object({ state: z.string(), tookMs: z.number().nullable() }));
/** Each node has said that it is in effect, and how long that took. */
async function tookOf(id: unknown): Promise<(number | null)[]> {
  let took: (number | null)[] = [];
  await told.until("every node says so", async () => {
    const states = nodesOf.parse((await rest("GET", `/tenants/acme/revocations/${id}`)).body.nodes);
    took = states.map(({ tookMs }) => tookMs);
    return states.every(({ state }) => state === "in_effect");
  });
  return took;
}

test("tokens, subjects and a tenant are refused at every node within two seconds, at one that starts later too, and no token is told", async () => {
  await fixture.allowLoopback();
  const anew = { "if-none-match": "*" };
  const idp = { issuer, audiences: [AUDIENCE], keys: { kind: "jwks", url: `${issuer}/jwks` } };
  for (const [at, spec] of [
    ["upstreams/main", { url: issuer }],
    ["identity-providers/main", idp],
    ["routes/all", { upstream: "main", authentication: { mode: "required" } }],
  ] as const)
    expect((await rest("PUT", `/tenants/acme/${at}`, { spec }, anew)).body).not.toHaveProperty("code");
  expect((await rest("POST", "/revisions", { comment: "First", base: null })).status).toBeLessThan(300);
  nodes = await Promise.all([join("one"), join("two")]);
  await everywhere(20_000, mint(), "allow");

  // By the token itself, over REST: it goes in, and out comes what it signs.
  const stolen = mint();
  await everywhere(PROMISED_MS, stolen, "allow");
  const revoked = await rest("POST", "/tenants/acme/revocations/token", { token: stolen, reason }, { "idempotency-key": "revoke-it-once" });
  expect(revoked.body).toMatchObject({ kind: "token", state: "in_force", reason });
  await everywhere(PROMISED_MS, stolen, "token_revoked");
  const digest = createHash("sha256")
    .update(stolen.slice(0, stolen.lastIndexOf(".")))
    .digest("hex");
  expect([revoked.status, revoked.body.digest, revoked.body.reason]).toEqual([201, digest, reason]);
  expect(await rest("POST", "/tenants/acme/revocations/token", { token: stolen, reason }, { "idempotency-key": "revoke-it-once" })).toMatchObject({
    body: { id: revoked.body.id },
  });
  for (const took of await tookOf(revoked.body.id)) expect(took).toBeLessThan(PROMISED_MS);

  // By its jti, from a page.
  const byId = mint({ jti: "the-id" });
  const answer = await callTrpc({
    type: "mutation",
    path: "revocations.revokeToken",
    input: { slug: "acme", jti: "the-id", issuer, reason },
    cookie: fixture.byRole.tenant_admin.cookie,
  });
  expect(answer.status).toBe(200);
  await everywhere(PROMISED_MS, byId, "token_revoked");

  // With all older ones of its subject.
  const [older, other] = [mint({ sub: "eve" }), mint({ sub: "eva" })];
  expect((await rest("POST", "/tenants/acme/revocations/subject", { subject: "eve", reason })).status).toBe(201);
  await everywhere(PROMISED_MS, older, "token_revoked");
  await everywhere(PROMISED_MS, other, "allow");
  await everywhere(PROMISED_MS, mint({ sub: "eve", iat: seconds() + 2 }), "allow");

  // The whole tenant; and back, without a publish.
  const suspension = await rest("POST", "/tenants/acme/revocations/suspension", { reason });
  await everywhere(PROMISED_MS, other, "tenant_suspended");
  expect((await rest("POST", "/tenants/acme/revocations/suspension", { reason })).body.code).toBe("precondition");
  for (const took of await tookOf(suspension.body.id)) expect(took).toBeLessThan(PROMISED_MS);
  expect((await rest("POST", `/tenants/acme/revocations/${suspension.body.id}/lift`, {})).body.state).toBe("lifted");
  await everywhere(PROMISED_MS, other, "allow");

  // One that joins later has all of it, and one that is killed is shown as gone.
  nodes.push(await join("late"));
  await told.until("the late node serves", async () =>
    (await Promise.all(nodes.map((node) => answerOf(node, other)))).every((each) => each === "allow"),
  );
  await everywhere(0, stolen, "token_revoked");
  const [first] = nodes;
  if (first === undefined) throw new Error("there is no node");
  await first.running.stop();
  await told.until(
    "it is shown",
    async () => {
      const made = await rest("POST", "/tenants/acme/revocations/token", { digest: createHash("sha256").update(randomUUID()).digest("hex"), reason });
      return z.object({ unreachable: z.number() }).parse(made.body.reach).unreachable === 1;
    },
    30_000,
  );

  // From its own disk, while the control plane is away.
  await served.close();
  first.running = await startNode(first.dataDir);
  for (const bearer of [stolen, byId, older]) expect(await answerOf(first, bearer)).toBe("token_revoked");
  expect(await answerOf(first, other)).toBe("allow");

  const id = String(revoked.body.id);
  for (const { method, path: at } of REST_TABLE.filter(({ method }) => method === "GET"))
    await rest(method as "GET", at.replace("{slug}", "acme").replace("{name}", "main").replace("{number}", "2").replace("{id}", id));
  for (const [name, input] of [
    ["revocations.list", {}],
    ["revocations.get", { id }],
    ["audit.list", {}],
  ] as const) {
    const seen = await callTrpc({ type: "query", path: name, input, cookie: fixture.admin.cookie });
    expect(seen.status, name).toBe(200);
    told.add(JSON.stringify(seen));
  }
  const disk = await filesOf(first.dataDir);
  expect(disk).toContain("installation/revocations/acme");
  for (const each of minted) {
    const [, payload = "", signature = ""] = each.split(".");
    for (const part of [payload, signature]) {
      expect(told.has(part), "a token is told").toBe(false);
      expect(disk.includes(part), "a token is on disk").toBe(false);
    }
  }
}, 120_000);
