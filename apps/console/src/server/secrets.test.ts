import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createDataClients } from "@sallyport/control-plane";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REST_TABLE } from "@/server/rest/table";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import { filesOf, type NodeProcess, startNodeProcess } from "@/server/testing/node-process";
import { type ServedRoutes, serveRoutes } from "@/server/testing/serve-routes";
import { Transcript } from "@/server/testing/transcript";

const CANARIES = { rest: "canary-by-rest-c1i3nt", file: "canary-by-file-c1i3nt", trpc: "canary-by-trpc-c1i3nt" };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let fixture: ConsoleFixture;
let served: ServedRoutes;
let dataDir: string;
let node: NodeProcess | undefined;
let token: string;
/** Answers, logs of this process and of the node's. */
let told: Transcript;

beforeAll(async () => {
  told = new Transcript();
  database = await createTestDatabase();
  [fixture, served, dataDir] = await Promise.all([startConsoleFixture(database), serveRoutes(), mkdtemp(path.join(tmpdir(), "sallyport-node-"))]);
  token = await fixture.tokenFor("platform_admin");
});
afterAll(async () => {
  await node?.stop();
  await served.close();
  await fixture.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function rest(method: "GET" | "PUT" | "POST", at: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await callRest({ method, path: at, token, headers, ...(body === undefined ? {} : { body }) });
  told.add(JSON.stringify([answer.body, [...answer.headers]]));
  return answer;
}
const anew = { "if-none-match": "*" };

const nodeNow = async () => (await fixture.cp.nodes.list(fixture.admin.actor))[0];
const runs = (revision: number) => told.until(`the node runs ${revision}`, async () => (await nodeNow())?.revision === revision);

test("a secret goes from the operator to a real node, and is nowhere on the way: no dump, file, log or answer has it", async () => {
  const base = "/tenants/acme/secrets";
  expect((await rest("PUT", `${base}/okta`, { spec: { type: "client_secret" } }, anew)).status).toBe(200);
  expect((await rest("PUT", `${base}/okta/value`, { value: `${CANARIES.rest}\n` })).status).toBe(422);
  expect((await rest("PUT", `${base}/okta/value`, { value: CANARIES.rest })).body).toMatchObject({ hasValue: true, valueVersion: 1 });
  const document = {
    apiVersion: "sallyport.dev/v1",
    kind: "Secret",
    metadata: { name: "filed", tenant: "acme" },
    spec: { type: "client_secret", value: CANARIES.file },
  };
  const key = { "idempotency-key": "canary-apply" };
  for (const headers of [key, key]) expect((await rest("POST", "/config/apply", { documents: [document] }, headers)).status).toBe(200);
  expect((await rest("POST", "/config/plan", { documents: [document] })).body).toMatchObject({ changes: [{ change: "unchanged" }] });
  expect((await rest("POST", "/revisions", { comment: "First", base: null })).status).toBeLessThan(300);

  const { token: joinToken } = await fixture.cp.joinTokens.create(fixture.admin.actor, { group: "default", label: "canary" });
  node = await startNodeProcess({ controlPlane: served.url, dataDir, joinToken, transcript: told });
  await runs(1);
  const { cookie } = fixture.admin;
  const set = await callTrpc({ type: "mutation", path: "secrets.set", input: { slug: "acme", name: "okta", value: CANARIES.trpc }, cookie });
  told.add(JSON.stringify(set));
  expect(set.data).toMatchObject({ valueVersion: 2 });
  await runs(2);
  await told.until("the node has its secrets", async () => {
    const now = await nodeNow();
    return now?.problems.length === 0 && now.health === "serving";
  });

  for (const { method, path: at } of REST_TABLE.filter(({ method }) => method === "GET")) {
    const filled = at
      .replace("{slug}", "acme")
      .replace("{name}", "okta")
      .replace("{number}", "2")
      .replace("{id}", "0199aaaa-0000-7000-8000-000000000000");
    await rest(method as "GET", filled);
  }
  for (const [name, input] of [
    ["secrets.list", { slug: "acme" }],
    ["objects.secrets.list", { slug: "acme" }],
    ["objects.secrets.get", { slug: "acme", name: "okta" }],
    ["audit.list", {}],
    ["draft.diff", {}],
    ["revisions.get", { number: 2 }],
    ["revisions.section", { number: 2, section: "tenants/acme" }],
  ] as const) {
    const answer = await callTrpc({ type: "query", path: name, input, cookie });
    expect(answer.status, name).toBe(200);
    told.add(JSON.stringify(answer));
  }

  const disk = await filesOf(dataDir);
  expect(disk).toContain("installation/secrets");
  expect(disk).toContain("content-keys.json");
  const owner = createDataClients({ appUrl: database.ownerUrl, fleetUrl: database.ownerUrl, poolSize: 1 });
  const tables = await owner.fleet.$queryRaw<{ name: string }[]>`
    select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`;
  let dump = "";
  for (const { name } of tables) dump += JSON.stringify(await owner.fleet.$queryRawUnsafe(`select t::text as row from "${name}" t`));
  await owner.close();
  expect(dump).toContain("secret.set");

  for (const canary of Object.values(CANARIES))
    for (const coding of ["latin1", "hex", "base64", "base64url"] as const) {
      const text = Buffer.from(canary).toString(coding);
      expect(told.has(text), `told: ${canary} in ${coding}`).toBe(false);
      expect(disk.includes(text), `disk: ${canary} in ${coding}`).toBe(false);
      expect(dump.includes(text), `dump: ${canary} in ${coding}`).toBe(false);
    }
}, 60_000);
