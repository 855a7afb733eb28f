import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createDataClients } from "@sallyport/control-plane";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REST_TABLE } from "@/server/rest/table";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import { type ServedRoutes, serveRoutes } from "@/server/testing/serve-routes";

const GATEWAY = fileURLToPath(new URL("../../../gateway/dist/main.js", import.meta.url));
const CANARIES = { rest: "canary-by-rest-c1i3nt", file: "canary-by-file-c1i3nt", trpc: "canary-by-trpc-c1i3nt" };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let fixture: ConsoleFixture;
let served: ServedRoutes;
let dataDir: string;
let node: ChildProcess;
let token: string;
/** Everything that was told: answers, logs of this process and of the node's. */
let told = "";

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      told += String(chunk);
      return write(chunk, ...rest);
    }) as typeof stream.write;
  }
  database = await createTestDatabase();
  [fixture, served, dataDir] = await Promise.all([startConsoleFixture(database), serveRoutes(), mkdtemp(path.join(tmpdir(), "sallyport-node-"))]);
  token = await fixture.tokenFor("platform_admin");
});
afterAll(async () => {
  if (node?.exitCode === null) {
    node.kill("SIGKILL");
    await once(node, "exit");
  }
  await served.close();
  await fixture.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function rest(method: "GET" | "PUT" | "POST", at: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await callRest({ method, path: at, token, headers, ...(body === undefined ? {} : { body }) });
  told += JSON.stringify([answer.body, [...answer.headers]]);
  return answer;
}
const anew = { "if-none-match": "*" };

async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`it did not happen: ${what}\n${told.slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function startNode(joinToken: string): void {
  node = spawn(process.execPath, [GATEWAY], {
    env: {
      NODE_ENV: "test",
      SALLYPORT_CONTROL_PLANE: served.url,
      SALLYPORT_JOIN_TOKEN: joinToken,
      SALLYPORT_DATA_DIR: dataDir,
      SALLYPORT_HOST: "127.0.0.1",
      SALLYPORT_PORT: "0",
      SALLYPORT_ADMIN_HOST: "127.0.0.1",
      SALLYPORT_ADMIN_PORT: "0",
      LOG_LEVEL: "trace",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [node.stdout, node.stderr]) stream?.on("data", (chunk: Buffer) => (told += chunk.toString()));
}
const nodeNow = async () => (await fixture.cp.nodes.list(fixture.admin.actor))[0];
const runs = (revision: number) => eventually(`the node runs ${revision}`, async () => (await nodeNow())?.revision === revision);

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
  startNode(joinToken);
  await runs(1);
  const { cookie } = fixture.admin;
  const set = await callTrpc({ type: "mutation", path: "secrets.set", input: { slug: "acme", name: "okta", value: CANARIES.trpc }, cookie });
  told += JSON.stringify(set);
  expect(set.data).toMatchObject({ valueVersion: 2 });
  await runs(2);
  await eventually("the node has its secrets", async () => {
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
    told += JSON.stringify(answer);
  }

  let disk = "";
  for (const name of await readdir(dataDir, { recursive: true })) {
    const file = path.join(dataDir, name);
    if ((await stat(file)).isFile()) disk += `${name}\n${await readFile(file, "latin1")}\n`;
  }
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
      expect(told.includes(text), `told: ${canary} in ${coding}`).toBe(false);
      expect(disk.includes(text), `disk: ${canary} in ${coding}`).toBe(false);
      expect(dump.includes(text), `dump: ${canary} in ${coding}`).toBe(false);
    }
}, 60_000);
