import { createHash, randomBytes } from "node:crypto";
import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { reload, settled, visit } from "../src/settled.ts";
import { query } from "../src/sql.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

let stack: RunningStack;
let admin: AdminSession;
/** Of the state database, whose tables the nodes have made. */
let stateOwnerUrl: string;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
  const url = new URL(stack.database.ownerUrl);
  url.pathname = new URL(String(stack.database.stateUrl)).pathname;
  stateOwnerUrl = url.href;
});
test.afterAll(() => stack?.stop());

/** What a login leaves in the store. */
async function signIn(subject: string): Promise<string> {
  const digest = createHash("sha256").update(randomBytes(32)).digest("hex");
  await query(
    stateOwnerUrl,
    `INSERT INTO session VALUES ('acme', $1, 'main', 'https://id.acme.example', $2, NULL, '{"claims":{},"scopes":[]}',
      now() - interval '3 hours', now() - interval '4 minutes', now() + interval '26 minutes', now() + interval '9 hours')`,
    [digest, subject],
  );
  return digest;
}
const living = async () =>
  (await query<{ subject: string }>(stateOwnerUrl, "SELECT subject FROM session WHERE tenant = 'acme' ORDER BY subject")).map(
    ({ subject }) => subject,
  );

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`sessions are seen, and end one by one, by subject and altogether (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/sessions-${what}-${colorScheme}-${width}.png` });
    };
    const subjects = ["ada", "ada", "ada", "auth0|64c1f0a7b2f3e8d9a1b2c3d4", "grace.hopper@acme.example"];
    const digests = await Promise.all(subjects.map(signIn));
    const dialog = page.locator(".dialog");

    await visit(page, `${stack.consoleUrl}/tenants/acme/sessions`);
    await settled(page);
    const rows = page.locator("tbody tr");
    await expect(rows).toHaveCount(5);
    await clean(page);
    await picture("list");
    for (const digest of digests) expect(await page.content()).not.toContain(digest);

    await rows
      .filter({ hasText: "grace" })
      .getByRole("button", { name: /^End session/ })
      .click();
    await expect(dialog.getByText("its next request is refused at every node")).toBeVisible();
    await clean(page);
    expect(await dialog.locator("footer").evaluate((footer) => footer.scrollWidth - footer.clientWidth)).toBe(0);
    await picture("end");
    await dialog.getByRole("button", { name: "End session" }).click();
    await expect(rows).toHaveCount(4);
    expect(await living()).toHaveLength(4);

    await page.getByRole("button", { name: "Sessions of ada" }).first().click();
    await expect(rows).toHaveCount(3);
    await expect(page).toHaveURL(/subject=ada/);
    await picture("of-a-subject");
    await page.getByRole("button", { name: "End all sessions of ada" }).click();
    await dialog.getByRole("button", { name: "End sessions" }).click();
    await expect(page.getByText("ada is not signed in")).toBeVisible();
    await picture("nobody");
    expect(await living()).toEqual([subjects[3]]);

    await page.getByRole("button", { name: "Show everybody" }).click();
    await page.getByRole("button", { name: "End all sessions of acme" }).click();
    await clean(page);
    await picture("end-all");
    await dialog.getByRole("button", { name: "End all sessions" }).click();
    await expect(page.getByText("Nobody is signed in at acme")).toBeVisible();
    await picture("empty");
    expect(await living()).toEqual([]);
    await context.close();
  });
}

test("while the store is away the page says so and shows nobody, and it recovers", async ({ browser }) => {
  const role = new URL(String(stack.database.stateUrl)).username;
  const owner = (sql: string) => query(stack.database.ownerUrl, sql);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  await admin.enter(context);
  const page = await context.newPage();
  await signIn("ada");
  await visit(page, `${stack.consoleUrl}/tenants/acme/sessions`);
  await expect(page.getByRole("button", { name: "Sessions of ada" })).toBeVisible();
  await owner(`ALTER ROLE ${role} NOLOGIN`);
  await owner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
  await reload(page);
  await expect(page.getByText("The state store does not answer")).toBeVisible();
  await expect(page.getByRole("button", { name: "Sessions of ada" })).toHaveCount(0);
  // The store is, the console's own API is not.
  await expect(page.getByText("The API is away")).toHaveCount(0);
  expect(await axeFaults(page)).toEqual([]);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/sessions-away.png` });
  await owner(`ALTER ROLE ${role} LOGIN`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("button", { name: "Sessions of ada" })).toBeVisible();
  await context.close();
});
