import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { stringify } from "yaml";
import { ADMIN, type AdminSession, becomeFirstAdmin, MACHINE_SCOPES } from "../src/admin.ts";
import { createRest, demoDocuments } from "../src/rest.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";

const run = promisify(execFile);
const cli = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../apps/cli/bin/sallyport.mjs");
const FLEET = { apiVersion: "sallyport.dev/v1", kind: "Fleet", metadata: { name: "default" }, spec: { idpAllowedRanges: ["127.0.0.0/8"] } };

test.describe.configure({ mode: "serial" });

let stack: RunningStack;
/** Section hashes of the configuration that was clicked together. */
let clicked: Record<string, string>;

/** What the nodes were given, section by section, from the database that published it. */
async function publishedSections(of: RunningStack): Promise<Record<string, string>> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: of.database.ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ manifest: Record<string, string> }>("select manifest from revision order by number desc limit 1");
    return rows[0]?.manifest ?? {};
  } finally {
    await client.end();
  }
}

test.beforeAll(async () => {
  stack = await startStack({ demo: false });
});
test.afterAll(() => stack?.stop());

test("an operator makes two tenants with their identity providers in the browser, publishes, and both nodes hold the border", async ({ page }) => {
  test.setTimeout(180_000);
  await test.step("the first administrator signs in by the one-time link", async () => {
    await visit(page, stack.firstAdminLink);
    await page.getByLabel("Name").fill(ADMIN.displayName);
    await page.getByLabel("E-mail").fill(ADMIN.email);
    await page.getByLabel("Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Make account and sign in" }).click();
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  });

  await test.step("allows the loopback range for identity providers", async () => {
    await visit(page, `${stack.consoleUrl}/settings`);
    await page.getByLabel("Private ranges for identity providers").fill("127.0.0.0/8");
    await page.getByRole("button", { name: "Save to the draft" }).click();
    await expect(page.getByText("The fleet's settings are in the draft").first()).toBeVisible();
  });

  for (const [slug, displayName, audience] of [
    ["acme", "Acme Card Services", "https://api.acme.example"],
    ["globex", "Globex Payouts", "https://pay.globex.example"],
  ] as const) {
    await test.step(`adds ${slug}, its provider by issuer URL, and a route`, async () => {
      await visit(page, `${stack.consoleUrl}/tenants/new`);
      await page.getByLabel("Slug").fill(slug);
      await page.getByLabel("Display name").fill(displayName);
      await page.getByRole("button", { name: "Add tenant" }).click();
      await expect(page.getByRole("heading", { name: slug, level: 1 })).toBeVisible();

      await visit(page, `${stack.consoleUrl}/tenants/${slug}/identity-providers/new`);
      await page.getByLabel("Issuer, discovery URL or domain").fill(`http://127.0.0.1:${stack.ports[slug]}`);
      await page.getByRole("button", { name: "Look it up" }).click();
      await expect(page.getByText("Filled in from the document")).toBeVisible();
      await page.getByLabel("Expected audiences").fill(audience);
      await page.getByLabel("Tenant claim").fill("tenant_id");
      await page.getByRole("button", { name: "Add to the draft" }).click();
      await expect(page).toHaveURL(/identity-providers$/);

      await visit(page, `${stack.consoleUrl}/tenants/${slug}/routes/new`);
      await page.getByLabel("Name", { exact: true }).fill("api");
      await page.getByLabel("Path prefix").fill("/v1");
      await page.getByLabel("Upstream address").fill(`http://127.0.0.1:${stack.ports.upstream}`);
      await page.getByRole("button", { name: "Save to the draft" }).click();
      await expect(page).toHaveURL(/routes$/);
    });
  }

  await test.step("reviews and publishes, and sees both nodes apply it", async () => {
    await visit(page, `${stack.consoleUrl}/draft`);
    await page.getByLabel("Comment").fill("Acme and Globex move behind the gateways");
    await page.getByRole("button", { name: /^Publish revision/ }).click();
    await expect(page.getByText("2 of 2 nodes applied")).toBeVisible();
  });

  const good = await accessToken(stack, "acme");
  const foreign = await accessToken(stack, "globex");
  for (const gateway of stack.gateways) {
    const url = `${gateway}/tenants/acme/v1/payments`;
    const passed = await fetch(url, { headers: { authorization: `Bearer ${good}` } });
    expect(passed.status).toBe(200);
    const seen = (await passed.json()) as { headers: string[] | [string, string][]; url: string };
    const names = seen.headers.flat().map((text) => text.toLowerCase());
    expect(names).toContain("x-user-id");
    expect(names).toContain("x-tenant-id");
    expect(names).not.toContain("authorization");
    const missing = await fetch(url);
    expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([401, "missing_token"]);
    const refused = await fetch(url, { headers: { authorization: `Bearer ${foreign}` } });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, "tenant_mismatch"]);
  }

  await test.step("the alert is on the page within 5 s", async () => {
    await visit(page, `${stack.consoleUrl}/alerts`);
    await expect(page.getByText("Token of globex used at acme").first()).toBeVisible({ timeout: 5_000 });
  });

  clicked = await publishedSections(stack);
});

test("the same configuration from a file with the CLI, on an empty installation, has the same section hashes", async () => {
  test.setTimeout(180_000);
  const other = await startStack({ demo: false });
  const folder = await mkdtemp(path.join(tmpdir(), "sallyport-file-"));
  try {
    const admin: AdminSession = await becomeFirstAdmin(other);
    const env = {
      ...process.env,
      SALLYPORT_URL: other.consoleUrl,
      SALLYPORT_TOKEN: await admin.apiToken(MACHINE_SCOPES),
      XDG_CONFIG_HOME: folder,
      NO_COLOR: "1",
    };
    const sallyport = (...args: string[]) => run(process.execPath, [cli, ...args], { env });
    const file = path.join(folder, "config.yaml");
    // The order of documents and members is another one than the pages made.
    const documents = [FLEET, ...demoDocuments(stack).slice(1).reverse()];
    await writeFile(file, documents.map((document) => stringify(document)).join("---\n"));

    await sallyport("validate", "-f", file);
    const before = await sallyport("diff", "-f", file).catch((error: { code: number }) => error);
    expect(before).toMatchObject({ code: 2 });
    await sallyport("apply", "-f", file);
    expect((await sallyport("diff", "-f", file)).stderr).not.toContain("error");
    const published = await sallyport("publish", "-m", "From a file", "--wait");
    expect(published.stdout + published.stderr).toMatch(/gateway-1/);
    expect(published.stdout + published.stderr).toMatch(/gateway-2/);
    expect(await publishedSections(other)).toEqual(clicked);

    const dumped = path.join(folder, "dump.yaml");
    await writeFile(dumped, (await sallyport("dump")).stdout);
    await sallyport("diff", "-f", dumped);
    const listed = await sallyport("nodes", "ls");
    expect(listed.stdout).toContain("gateway-1");
    const rest = createRest(other, env.SALLYPORT_TOKEN);
    expect((await rest<{ unpublished: number }>("GET", "/draft")).unpublished).toBe(0);
  } finally {
    await other.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
