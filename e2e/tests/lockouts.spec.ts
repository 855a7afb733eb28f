import { createHash } from "node:crypto";
import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { settled, visit } from "../src/settled.ts";
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

/** What failures leave in the store. */
async function lockOut(address: string, username: string | null, reason: string, tenant = "acme"): Promise<void> {
  const id = createHash("sha256")
    .update(JSON.stringify([tenant, address, username]))
    .digest("base64url");
  await query(stateOwnerUrl, "SELECT count_failure($1, $5, $2, 5, 300000, 300000, 5, 20000, $3, $4)", [id, address, reason, username, tenant]);
}
const running = async (): Promise<string[]> =>
  (await query<{ address: string }>(stateOwnerUrl, "SELECT address FROM lockout WHERE tenant = 'acme' AND open ORDER BY address")).map(
    ({ address }) => address,
  );

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`lockouts are seen with why and until when, and end one by one and altogether (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/lockouts-${what}-${colorScheme}-${width}.png` });
    };
    await visit(page, `${stack.consoleUrl}/tenants/acme/lockouts`);
    await expect(page.getByText("Nobody is locked out of acme")).toBeVisible();
    await clean(page);
    await picture("empty");

    await lockOut("203.0.113.7", null, "invalid_api_key");
    await lockOut("2001:db8:1234:5678::/64", null, "invalid_token");
    await lockOut("198.51.100.23", "grace.hopper@acme.example", "upstream_401");
    await lockOut("*", "ada", "upstream_401");
    const dialog = page.locator(".dialog");
    const rows = page.locator("tbody tr");
    await expect(rows).toHaveCount(4);
    await settled(page);
    await clean(page);
    await picture("list");

    await rows
      .filter({ hasText: "203.0.113.7" })
      .getByRole("button", { name: /^End lockout/ })
      .click();
    await expect(dialog.getByText("at every node within a second")).toBeVisible();
    await clean(page);
    expect(await dialog.locator("footer").evaluate((footer) => footer.scrollWidth - footer.clientWidth)).toBe(0);
    await picture("end");
    await dialog.getByRole("button", { name: "End lockout" }).click();
    await expect(rows).toHaveCount(3);
    expect(await running()).not.toContain("203.0.113.7");

    await page.getByRole("button", { name: "End all lockouts of acme" }).click();
    await clean(page);
    await picture("end-all");
    await dialog.getByRole("button", { name: "End lockouts" }).click();
    await expect(page.getByText("Nobody is locked out of acme")).toBeVisible();
    expect(await running()).toEqual([]);
    await context.close();
  });

  test(`lockouts of all tenants are looked for by address, tenant and kind, and end one by one (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/all-lockouts-${what}-${colorScheme}-${width}.png` });
    };
    await visit(page, `${stack.consoleUrl}/lockouts`);
    await expect(page.getByText("Nobody is locked out of any tenant")).toBeVisible();
    await clean(page);
    await picture("empty");

    await lockOut("203.0.113.7", null, "invalid_api_key");
    await lockOut("203.0.113.7", null, "invalid_token", "globex");
    await lockOut("198.51.100.23", "grace.hopper@acme.example", "upstream_401");
    await lockOut("2001:db8:1234:5678::/64", null, "invalid_token", "globex");
    await lockOut("*", "ada", "upstream_401", "globex");
    const rows = page.locator("tbody tr");
    await expect(rows).toHaveCount(5);
    await settled(page);
    await clean(page);
    await picture("list");

    // Any address of the /64 that is locked out.
    await page.getByLabel("Address or username").fill("2001:db8:1234:5678:9::1");
    await expect(rows).toHaveCount(1);
    await page.getByLabel("Address or username").fill("203.0.113.");
    await expect(rows).toHaveCount(2);
    await page.getByLabel("Of a tenant").fill("globex");
    await expect(rows).toHaveCount(1);
    await expect(page).toHaveURL(/q=203\.0\.113\.&tenant=globex|tenant=globex&q=203\.0\.113\./);
    await settled(page);
    await clean(page);
    await picture("filtered");
    await rows.getByRole("button", { name: "End lockout of 203.0.113.7" }).click();
    const dialog = page.locator(".dialog");
    await expect(dialog.getByText("Requests to globex from 203.0.113.7 are looked at again")).toBeVisible();
    await clean(page);
    await dialog.getByRole("button", { name: "End lockout" }).click();
    await expect(page.getByText("Nobody who matches is locked out")).toBeVisible();
    await clean(page);
    await picture("filtered-empty");
    // At acme the same address stays out.
    expect(await running()).toContain("203.0.113.7");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await expect(rows).toHaveCount(4);
    await page.getByRole("button", { name: /^Whom/ }).click();
    await page.getByRole("menuitemradio", { name: "a username, slowed down" }).click();
    await expect(rows).toHaveCount(1);
    await rows.getByRole("button", { name: "End lockout of anywhere as ada" }).click();
    await dialog.getByRole("button", { name: "End lockout" }).click();
    await expect(page.getByText("Nobody who matches is locked out")).toBeVisible();
    await lockOut("203.0.113.9", null, "invalid_api_key");
    await lockOut("203.0.113.9", null, "invalid_api_key", "globex");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    // Everybody at once is not offered: only those who are looked for.
    await expect(page.getByRole("button", { name: /^End all/ })).toHaveCount(0);
    await page.getByLabel("Address or username").fill("203.0.113.9");
    await expect(rows).toHaveCount(2);
    await page.getByRole("button", { name: "End all 2 lockouts like this" }).click();
    await expect(dialog.getByText("They end at every tenant")).toBeVisible();
    await clean(page);
    await picture("bulk");
    await dialog.getByRole("button", { name: "End lockouts" }).click();
    await expect(page.getByText("2 lockouts ended")).toBeVisible();
    await expect(page.getByText("Nobody who matches is locked out")).toBeVisible();

    for (const slug of ["acme", "globex"]) await admin.mutate("lockouts.endAll", { slug });
    await context.close();
  });
}
