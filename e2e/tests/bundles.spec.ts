import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
import { until } from "../src/wait.ts";

const GATEWAY = fileURLToPath(new URL("../../apps/gateway/dist/sallyport-gateway.mjs", import.meta.url));
const CLI = fileURLToPath(new URL("../../apps/cli/bin/sallyport.mjs", import.meta.url));

let stack: RunningStack;
let admin: AdminSession;
let rest: ReturnType<typeof createRest>;
let folder: string;
const nodes: ChildProcess[] = [];

test.beforeAll(async () => {
  test.setTimeout(120_000);
  [stack, folder] = await Promise.all([startStack({ demo: false }), mkdtemp(path.join(tmpdir(), "sallyport-bundle-"))]);
  admin = await becomeFirstAdmin(stack);
  rest = createRest(stack, await admin.apiToken(MACHINE_SCOPES));
  await rest("POST", "/config/apply", { documents: demoDocuments(stack), prune: false, dryRun: false });
  await rest("POST", "/revisions", { comment: "Acme and Globex" });
  await stack.parts.nodesReady();
});
test.afterAll(async () => {
  for (const node of nodes) {
    if (node.exitCode === null) node.kill("SIGKILL");
  }
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A node that knows nothing but its bundle. @returns its ports, or what it said before it ended */
async function startAlone(name: string, env: Record<string, string>): Promise<{ dataPort: number; adminPort: number } | string> {
  const child = spawn(process.execPath, [GATEWAY], {
    env: {
      ...{ PATH: process.env.PATH ?? "", SALLYPORT_DATA_DIR: path.join(folder, name) },
      ...{ SALLYPORT_HOST: "127.0.0.1", SALLYPORT_PORT: "0", SALLYPORT_ADMIN_HOST: "127.0.0.1", SALLYPORT_ADMIN_PORT: "0" },
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  nodes.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close").then(() => output);
  const listens = until(
    "the node listens",
    async () => {
      const [, dataPort, adminPort] = /"dataPort":(\d+),"adminPort":(\d+)/.exec(output) ?? [];
      return dataPort === undefined ? null : { dataPort: Number(dataPort), adminPort: Number(adminPort) };
    },
    30_000,
  );
  return Promise.race([ended, listens]);
}

/** The settings that the dialog shows, with the file where it is. */
const settingsIn = (text: string, file: string): Record<string, string> => ({
  ...Object.fromEntries([...text.matchAll(/(SALLYPORT_\w+)=(\S+)/g)].map(([, name, value]) => [name, value])),
  SALLYPORT_BUNDLE: file,
});

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`a bundle from the group's page starts a node without a control plane (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce", acceptDownloads: true });
    await admin.enter(context);
    const page = await context.newPage();
    const look = async (what: string) => {
      expect(await axeFaults(page)).toEqual([]);
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/bundles-${what}-${colorScheme}-${width}.png` });
    };
    await visit(page, `${stack.consoleUrl}/groups/default`);
    await settled(page);
    await page.getByRole("button", { name: "Bundle…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByLabel("For").getByRole("option")).toHaveText(["Any node of the group", "gateway-1 alone", "gateway-2 alone"]);
    await dialog.getByLabel("Revision").fill("999");
    await dialog.getByRole("button", { name: "Make the bundle" }).click();
    await expect(dialog.getByText("revision 999 was never made for the group default")).toBeVisible();
    await look("refused");
    await dialog.getByLabel("Revision").fill("");
    const downloading = page.waitForEvent("download");
    await dialog.getByRole("button", { name: "Make the bundle" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("default-1.bundle");
    await expect(dialog.getByRole("heading", { name: "default-1.bundle is saved" })).toBeVisible();
    await look("saved");
    const file = path.join(folder, `${width}.bundle`);
    await download.saveAs(file);
    const settings = settingsIn(await dialog.locator("pre").innerText(), file);
    await dialog.getByRole("button", { name: "Close" }).click();
    await context.close();

    const node = await startAlone(`alone-${width}`, settings);
    if (typeof node === "string") throw new Error(node);
    const call = async (tenant: "acme" | "globex", of: "acme" | "globex") => {
      const headers = { authorization: `Bearer ${await accessToken(stack, of)}` };
      return (await fetch(`http://127.0.0.1:${node.dataPort}/tenants/${tenant}/v1/hello`, { headers })).status;
    };
    expect(await call("acme", "acme")).toBe(200);
    expect(await call("acme", "globex")).toBe(403);
    expect((await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/v1/hello`)).status).toBe(401);
    expect(await (await fetch(`http://127.0.0.1:${node.adminPort}/status`)).json()).toMatchObject({
      snapshot: { revision: 1, group: "default", from: "bundle" },
      ...{ controlPlane: { state: "none" }, bundle: { revision: 1, taken: true }, problems: [] },
    });

    const other = await startAlone(`stranger-${width}`, { ...settings, SALLYPORT_BUNDLE_KEY: "k".repeat(43) });
    expect(other).toContain("bad_signature");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("tenants/globex", "tenants/glebex"));
    expect(await startAlone(`changed-${width}`, settings)).toContain("does not end with the SHA-256");
  });
}

test("a revision's receipt is a file as well, and verifies without asking anybody", async ({ browser }) => {
  const context = await browser.newContext({ acceptDownloads: true });
  await admin.enter(context);
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/revisions/1`);
  await settled(page);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Receipt" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("receipt-1.json");
  const file = path.join(folder, "receipt-1.json");
  await download.saveAs(file);
  await context.close();
  const { signedBy } = await rest<{ signedBy: string }>("POST", "/bundles", {});
  const verify = (key: string) =>
    promisify(execFile)(process.execPath, [CLI, "revisions", "verify-receipt", file, "--key", key, "-o", "json"], { env: {} });
  const receipt = JSON.parse((await verify(signedBy)).stdout) as { nodes: { name: string; state: string; appliedAt: string | null }[] };
  expect(receipt).toMatchObject({ revision: 1, rootHash: expect.stringMatching(/^[0-9a-f]{64}$/), comment: "Acme and Globex" });
  expect(receipt.nodes.map(({ name, state, appliedAt }) => [name, state, appliedAt !== null])).toEqual([
    ["gateway-1", "applied", true],
    ["gateway-2", "applied", true],
  ]);
  await expect(verify("k".repeat(43))).rejects.toThrow("and not with");
});

test("an enrolled node is cut off, goes on with a bundle of its own, and comes back", async () => {
  const { dataDir, parts, gateways } = stack;
  const made = await rest<{ bundle: string; node: string; revision: number }>("POST", "/bundles", { node: "gateway-1" });
  expect(made).toMatchObject({ node: "gateway-1", revision: 1 });
  const file = path.join(folder, "gateway-1.bundle");
  await writeFile(file, made.bundle);
  // What it had is gone; that it is enrolled, and its keys, are not.
  for (const name of ["last-good.sealed", "previous.sealed"]) await rm(path.join(dataDir, "gateway-1", name), { force: true });
  await parts.restartGateway(1, { SALLYPORT_CONTROL_PLANE: "", SALLYPORT_BUNDLE: file });
  const status = async () => (await (await fetch(`http://127.0.0.1:${stack.ports.admin1}/status`)).json()) as object;
  const isReady = async () => ((await fetch(`http://127.0.0.1:${stack.ports.admin1}/health/ready`)).ok ? true : null);
  await until("it serves what its bundle says", isReady, 20_000);
  expect(await status()).toMatchObject({ node: { name: "gateway-1" }, snapshot: { revision: 1, from: "bundle" }, controlPlane: { state: "none" } });
  const headers = { authorization: `Bearer ${await accessToken(stack, "acme")}` };
  const call = async () => (await fetch(`${gateways[0]}/tenants/acme/v1/hello`, { headers })).status;
  expect(await call()).toBe(200);
  expect(await startAlone("not-gateway-1", { SALLYPORT_BUNDLE: file })).toContain(`was made for the node`);

  // What is revoked now does not reach it, until it can be reached.
  await rest("POST", "/tenants/acme/revocations/suspension", { reason: "The contract ended" });
  expect(await call()).toBe(200);
  await parts.restartGateway(1);
  await until("the suspension reaches it", async () => ((await call()) === 403 ? true : null), 20_000);
  expect(await status()).toMatchObject({ controlPlane: { state: "connected" }, bundle: null });
});
