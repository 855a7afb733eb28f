import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createDataClients } from "@sallyport/control-plane";
import { createTestDatabase, type TestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { composition } from "@/server/control-plane";
import { callRest } from "@/server/testing/call-rest";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import { type NodeProcess, startNodeProcess } from "@/server/testing/node-process";
import { type ServedRoutes, serveRoutes } from "@/server/testing/serve-routes";
import { Transcript } from "@/server/testing/transcript";

/** What is urgent is in effect at every connected node within this, ms. */
const PROMISED_MS = 2_000;
const AUDIENCE = "https://api.acme.example";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = (): number => Math.floor(Date.now() / 1_000);

interface Node {
  readonly name: string;
  readonly dataDir: string;
  running: NodeProcess;
  /** Answers since it was looked at last: `allow`, or the code. */
  answers: string[];
}
let database: TestDatabase;
let fixture: ConsoleFixture;
let served: ServedRoutes;
let upstream: Server;
let issuer: string;
let nodes: Node[] = [];
let token: string;
let told: Transcript;
let isOver = false;
let traffic: Promise<void>[] = [];

function mint(more: Record<string, unknown> = {}): string {
  const claims = { iss: issuer, aud: AUDIENCE, sub: "ada", iat: seconds() - 5, exp: seconds() + 600, jti: randomUUID(), ...more };
  const input = `${segment({ alg: "ES256", typ: "JWT", kid: "key-1" })}.${segment(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
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
  database = await createTestDatabase();
  [fixture, served] = await Promise.all([startConsoleFixture(database), serveRoutes()]);
  token = await fixture.tokenFor("platform_admin");
  await prepare();
});
afterAll(async () => {
  isOver = true;
  await Promise.all(traffic);
  for (const { running } of nodes) await running.stop();
  upstream.closeAllConnections();
  upstream.close();
  await served.close();
  await fixture.close();
  for (const { dataDir } of nodes) await rm(dataDir, { recursive: true, force: true });
});

const rest = (method: "GET" | "PUT" | "POST", at: string, body?: unknown, headers: Record<string, string> = {}) =>
  callRest({ method, path: at, token, headers, ...(body === undefined ? {} : { body }) });

async function join(): Promise<Node> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "sallyport-node-"));
  const name = path.basename(dataDir).toLowerCase();
  const { token: joinToken } = await fixture.cp.joinTokens.create(fixture.admin.actor, { group: "default", label: name });
  return { name, dataDir, running: await startNodeProcess({ controlPlane: served.url, dataDir, transcript: told, joinToken }), answers: [] };
}

/** A configuration, three nodes that run it, and people who use each of them all the time. */
async function prepare(): Promise<void> {
  await fixture.allowLoopback();
  const anew = { "if-none-match": "*" };
  const idp = { issuer, audiences: [AUDIENCE], keys: { kind: "jwks", url: `${issuer}/jwks` } };
  for (const [at, spec] of [
    ["upstreams/main", { url: issuer }],
    ["identity-providers/main", idp],
    ["routes/all", { upstream: "main", authentication: { mode: "required" } }],
  ] as const)
    expect((await rest("PUT", `/tenants/acme/${at}`, { spec }, anew)).body).not.toHaveProperty("code");
  expect((await rest("POST", "/revisions", { comment: "First", base: null })).status).toBe(201);
  nodes = [await join(), await join(), await join()];
  const good = mint();
  const use = async (node: Node): Promise<void> => {
    while (!isOver) {
      node.answers.push(await answerOf(node, good));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  traffic = nodes.map(use);
  await told.until("every node lets people in", () => nodes.every(({ answers }) => answers.at(-1) === "allow"));
  composition().controlPlane.rollouts.start();
}

async function answerOf({ running: { port } }: Node, bearer: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/tenants/acme/anything`, { headers: { authorization: `Bearer ${bearer}` } });
  const text = await response.text();
  return response.status === 200 ? "allow" : String(JSON.parse(text).code);
}
const canary = (): Node => nodes[0] as Node;
const others = (): Node[] => nodes.slice(1);

const rollout = z.object({
  state: z.string(),
  stage: z.number(),
  halted: z.string().nullable(),
  endedBy: z.number().nullable(),
  waitsFor: z.string().nullable(),
  nodes: z.array(z.object({ name: z.string(), state: z.string(), tookMs: z.number().nullable() })),
});
const read = async (revision: number) => rollout.parse((await rest("GET", `/rollouts/${revision}`)).body);
async function until(revision: number, state: string, ms = 30_000) {
  let now = await read(revision);
  await told.until(
    `the rollout of ${revision} is ${state}`,
    async () => {
      now = await read(revision);
      return now.state === state;
    },
    ms,
  );
  return now;
}

/** What the route asks for beside a token: nothing, or a scope that nobody has. */
async function changeRoute(scopes: readonly string[]): Promise<void> {
  const { headers } = await rest("GET", "/tenants/acme/routes/all");
  const spec = {
    upstream: "main",
    authentication: { mode: "required", ...(scopes.length === 0 ? {} : { requiredScopes: scopes }) },
    websocket: scopes.length === 0,
  };
  const answer = await rest("PUT", "/tenants/acme/routes/all", { spec }, { "if-match": headers.get("etag") ?? "" });
  expect(answer.body).not.toHaveProperty("code");
}
async function publish(more: Record<string, unknown> = {}): Promise<number> {
  const stages = [{ nodes: [canary().name], soakSeconds: 0, promote: "manual" }];
  const body = { comment: "Change", rollout: { stages, halt: { minRequests: 50, refusalRise: 20 }, ...more } };
  const answer = await rest("POST", "/revisions", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return z.object({ revision: z.number() }).parse(answer.body).revision;
}

test("a revision that refuses everybody harms its first node alone, and is rolled back by itself", async () => {
  for (const node of nodes) node.answers = [];
  await changeRoute(["nobody:has"]);
  const revision = await publish();
  await told.until("the first node refuses", () => canary().answers.at(-1) === "insufficient_scope");
  const ended = await until(revision, "rolled_back");
  expect(ended.halted).toMatch(/^its nodes refuse [\d.]+ % of \d+ requests, after [\d.]+ % before, [\d.]+ % at nodes with the old content/);
  expect(ended.endedBy).toBe(revision + 1);
  await told.until("the first node lets people in again", () => canary().answers.at(-1) === "allow");
  for (const { answers } of others()) expect(new Set(answers)).toEqual(new Set(["allow"]));
  await told.until("it is back at every node", async () =>
    (await read(revision)).nodes.every(({ state }) => state === "returned" || state === "held"),
  );
});

test("a revision that a node refuses stays there, and is rolled back by itself, while its node serves what it had", async () => {
  const next = z.number().parse((await rest("GET", "/revisions")).body.items?.[0]?.number) + 1;
  const owner = createDataClients({ appUrl: database.ownerUrl, fleetUrl: database.ownerUrl, poolSize: 1 });
  // Somebody changed what was signed, on its way or where it lies.
  await owner.fleet.$executeRawUnsafe(`create function spoil() returns trigger language plpgsql as $$
    begin if new.revision = ${next} then new.envelope := overlay(new.envelope placing 'AAAA' from length(new.envelope) - 20); end if; return new; end $$`);
  await owner.fleet.$executeRawUnsafe("create trigger spoil before insert on revision_group for each row execute function spoil()");
  try {
    for (const node of nodes) node.answers = [];
    await changeRoute([]);
    const revision = await publish();
    expect(revision).toBe(next);
    const ended = await until(revision, "rolled_back");
    expect(ended.halted).toMatch(new RegExp(`^${canary().name} refused it \\(bad_signature at `));
    for (const { answers } of nodes) expect(new Set(answers)).toEqual(new Set(["allow"]));
  } finally {
    await owner.fleet.$executeRawUnsafe("drop trigger spoil on revision_group");
    await owner.fleet.$executeRawUnsafe("drop function spoil");
    await owner.close();
  }
});

test("revocations reach nodes of both contents within two seconds, a restart in the middle goes on, and everybody gets it in the end", async () => {
  const revision = await publish();
  await told.until("the first node runs it", async () => (await read(revision)).waitsFor === "promotion");

  const stolen = mint({ jti: "stolen" });
  for (const node of nodes) expect(await answerOf(node, stolen)).toBe("allow");
  const since = Date.now();
  const revoked = await rest("POST", "/tenants/acme/revocations/token", { jti: "stolen", issuer, reason: "Stolen" });
  expect(revoked.status).toBe(201);
  const isRefused = async () => (await Promise.all(nodes.map((node) => answerOf(node, stolen)))).every((answer) => answer === "token_revoked");
  await told.until("it is refused everywhere", isRefused, PROMISED_MS);
  expect(Date.now() - since).toBeLessThan(PROMISED_MS);
  expect(await read(revision)).toMatchObject({ state: "running", stage: 1, waitsFor: "promotion" });
  expect((await read(revision)).nodes.filter(({ state }) => state === "held")).toHaveLength(2);

  // Everything that the control plane kept in memory is gone; what it goes on with stands in the database.
  composition().drain();
  await composition().close();
  Reflect.deleteProperty(globalThis, Symbol.for("sallyport.console.composition"));
  composition().controlPlane.rollouts.start();
  expect(await read(revision)).toMatchObject({ state: "running", stage: 1 });
  expect((await rest("POST", `/rollouts/${revision}/promote`)).body).toMatchObject({ stage: 2 });
  const done = await until(revision, "completed", 60_000);
  expect(done.nodes.map(({ state }) => state)).toEqual(["applied", "applied", "applied"]);
  for (const { tookMs } of done.nodes) expect(tookMs).toBeLessThan(30_000);
  expect(await isRefused()).toBe(true);
  for (const { answers } of nodes) expect(new Set(answers)).toEqual(new Set(["allow"]));
  fixture = {
    ...fixture,
    close: async () =>
      composition()
        .close()
        .then(() => database.drop()),
  };
});
