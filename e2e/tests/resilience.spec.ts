import { copyFile, readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { startForgingControlPlane } from "../src/forging-control-plane.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { until } from "../src/wait.ts";

interface NodeView {
  name: string;
  sync: string;
  revision: number | null;
  rootHash: string | null;
  lastError: string | null;
}

let stack: RunningStack;
let rest: ReturnType<typeof createRest>;
let admin: AdminSession;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  stack = await startStack({ demo: false });
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  await rest("POST", "/config/apply", { documents: demoDocuments(stack, ["acme"]), prune: false, dryRun: false });
  await publish("First");
  await rest("POST", "/config/apply", { documents: demoDocuments(stack), prune: false, dryRun: false });
  await publish("Second: globex joins");
});
test.afterAll(() => stack?.stop());

async function publish(comment: string): Promise<number> {
  const { revision } = await rest<{ revision: number }>("POST", "/revisions", { comment });
  await until(`revision ${revision} at both nodes`, async () => ((await nodes()).every((node) => node.revision === revision) ? true : null));
  return revision;
}

async function nodes(): Promise<NodeView[]> {
  return (await rest<{ items: NodeView[] }>("GET", "/nodes")).items;
}

const call = (gateway: string, token: string, tenant = "acme") =>
  fetch(`${gateway}/tenants/${tenant}/v1/hello`, { headers: { authorization: `Bearer ${token}` } });
const last = (number: number, file = "last-good.sealed") => path.join(stack.dataDir, `gateway-${number}`, file);
const readinessOf = (number: 1 | 2) => `http://127.0.0.1:${stack.ports[`admin${number}`]}/health/ready`;

async function restart(number: 1 | 2, environment: Record<string, string> = {}): Promise<number> {
  await stack.parts.restartGateway(number, environment);
  const started = performance.now();
  await until(`gateway ${number} ready`, async () => ((await fetch(readinessOf(number))).ok ? true : null), 10_000);
  return performance.now() - started;
}

async function runningRevision(number: 1 | 2): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${stack.ports[`admin${number}`]}/metrics`)).text();
  return Number(/^sallyport_snapshot_revision (\d+)/m.exec(metrics)?.[1]);
}

test("a snapshot signed by another key is refused, reported, and shown at the node; the node goes on with what it had", async () => {
  const forger = await startForgingControlPlane(`http://127.0.0.1:${stack.ports.console}`);
  try {
    const token = await accessToken(stack, "acme");
    const before = await runningRevision(1);
    await restart(1, { SALLYPORT_CONTROL_PLANE: forger.url });
    await rest("POST", "/config/apply", {
      documents: [{ apiVersion: "sallyport.dev/v1", kind: "Tenant", metadata: { name: "hooli" }, spec: { displayName: "Hooli" } }],
      prune: false,
      dryRun: false,
    });
    const { revision } = await rest<{ revision: number }>("POST", "/revisions", { comment: "Third, which the forger signs anew" });
    const refused = await until(
      "the refusal at the control plane",
      async () => (await nodes()).find((node) => node.name === "gateway-1" && node.sync === "refused") ?? null,
      15_000,
    );
    expect(refused.lastError).toContain("bad_signature");
    expect(refused.revision).toBe(before);
    expect(await runningRevision(1)).toBe(before);
    expect((await call(stack.gateways[0], token)).status).toBe(200);
    await until("the other node, which nobody deceives", async () => ((await runningRevision(2)) === revision ? true : null));
    await restart(1);
    // What a node refused is not sent to it again until somebody says so.
    await admin.mutate("nodes.retry", { name: "gateway-1" });
    await until("the first node at its true control plane again", async () => ((await runningRevision(1)) === revision ? true : null), 15_000);
  } finally {
    await forger.close();
  }
});

test("kill -9 of console and database leaves both nodes serving, and a node that restarts meanwhile serves from its disk within 2 s", async () => {
  const good = await accessToken(stack, "acme");
  const foreign = await accessToken(stack, "globex");
  stack.parts.console.kill("SIGKILL");
  process.kill(stack.database.server?.pid ?? 0, "SIGKILL");
  await until("the console is gone", async () => ((await fetch(`${stack.consoleUrl}/api/health`).catch(() => null)) === null ? true : null));
  for (const gateway of stack.gateways) {
    expect((await call(gateway, good)).status).toBe(200);
    expect((await call(gateway, foreign)).status).toBe(403);
  }
  const readyAfterMs = await restart(2);
  expect(readyAfterMs).toBeLessThan(2_000);
  expect((await call(stack.gateways[1], good)).status).toBe(200);
  const refusal = await call(stack.gateways[1], foreign);
  expect([refusal.status, ((await refusal.json()) as { code: string }).code]).toEqual([403, "tenant_mismatch"]);
});

test("a truncated last-good file is refused and the generation before is used", async () => {
  const kept = `${last(2)}.kept`;
  await copyFile(last(2), kept);
  const newest = await runningRevision(2);
  await truncate(last(2), Math.floor((await readFile(last(2))).length * 0.6));
  await restart(2);
  expect(await runningRevision(2)).toBe(newest - 1);
  expect((await call(stack.gateways[1], await accessToken(stack, "acme"))).status).toBe(200);
  await copyFile(kept, last(2));
});

test("an edited last-good file is refused and the generation before is used", async () => {
  await restart(2);
  const newest = await runningRevision(2);
  // Somebody with access to the disk tries to open a route: what it says is sealed, so it is any byte in the middle.
  const edited = await readFile(last(2));
  const middle = Math.floor(edited.length / 2);
  edited[middle] = (edited[middle] ?? 0) ^ 1;
  await writeFile(last(2), edited);
  await restart(2);
  expect(await runningRevision(2)).toBe(newest - 1);
  expect((await fetch(`${stack.gateways[1]}/tenants/acme/v1/hello`)).status).toBe(401);
});
