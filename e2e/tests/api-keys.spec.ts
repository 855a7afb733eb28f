import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { reload, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { until } from "../src/wait.ts";

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

/** What every node answers, as statuses. */
const statuses = (key: string) =>
  Promise.all(stack.gateways.map(async (url) => (await fetch(`${url}/tenants/acme/v1/payments`, { headers: { "x-api-key": key } })).status));
const everywhere = (key: string, status: number) =>
  until(`${status} at both nodes`, async () => ((await statuses(key)).every((each) => each === status) ? true : null), 2_000);

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`a key is made, calls through both nodes, is rotated and revoked, and stays nowhere on the page (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: stack.consoleUrl });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/api-keys-${what}-${colorScheme}-${width}.png` });
    };
    const name = `browser-${width}`;
    const dialog = page.locator(".dialog");
    const row = page.getByRole("row", { name: new RegExp(`^${name}`) });
    /** Copies the key that the dialog shows, and closes it. */
    const takeKey = async (): Promise<string> => {
      await expect(dialog.getByText("nobody can show it again")).toBeVisible();
      await dialog.getByRole("button", { name: "Copy" }).click();
      await expect(dialog.getByText("Copied", { exact: true })).toBeVisible();
      const key = await page.evaluate(() => navigator.clipboard.readText());
      expect(key).toMatch(/^spk_[A-Za-z0-9_-]{43}$/);
      await clean(page);
      await picture(`shown-${name}`);
      await dialog.getByRole("button", { name: "I have copied it" }).click();
      await expect(dialog).toBeHidden();
      expect(await page.content()).not.toContain(key.slice(4));
      return key;
    };

    await visit(page, `${stack.consoleUrl}/tenants/acme/api-keys`);
    await page.getByRole("button", { name: "Make a key" }).click();
    await dialog.getByLabel("Name").fill("ci-runner");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    await expect(dialog.getByText("is the name of another key")).toBeVisible();
    await dialog.getByLabel("Name").fill(name);
    await dialog.getByLabel("Scopes").fill("read");
    await clean(page);
    await picture("new");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    const first = await takeKey();
    await everywhere(first, 200);
    await expect(row.getByText("Works")).toBeVisible();

    await row.getByRole("button", { name: `Rotate ${name}` }).click();
    await clean(page);
    await picture("rotate");
    await dialog.getByRole("button", { name: "Make the new key" }).click();
    const second = await takeKey();
    await everywhere(second, 200);
    expect(await statuses(first)).toEqual([200, 200]);
    const replaced = page.getByRole("row", { name: `replaced by ${name}` });
    await expect(replaced.getByText("Still works")).toBeVisible();
    await picture("list");
    await replaced.getByRole("button", { name: /^End …/ }).click();
    await dialog.getByRole("button", { name: /^End …/ }).click();
    await everywhere(first, 401);
    expect(await statuses(second)).toEqual([200, 200]);

    await row.getByRole("button", { name: `Revoke ${name}` }).click();
    await expect(dialog.getByText("refused at every node within two seconds")).toBeVisible();
    await clean(page);
    await picture("revoke");
    await dialog.getByRole("button", { name: `Revoke ${name}` }).click();
    await everywhere(second, 401);
    await expect(row).toHaveCount(0);
    await page.getByRole("button", { name: "Revoked", exact: true }).click();
    await expect(row.getByText("Revoked", { exact: true })).toBeVisible();
    await context.close();
  });
}

test("a query parameter for API keys is switched on with its warning, and off again", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  await admin.enter(context);
  const page = await context.newPage();
  const parameter = page.getByLabel("Query parameter of API keys");
  const warning = page.getByText("Keys in addresses end up in logs");
  for (const typed of ["api_key", ""]) {
    await visit(page, `${stack.consoleUrl}/settings`);
    await parameter.fill(typed);
    await expect(warning).toHaveCount(typed === "" ? 0 : 1);
    expect(await axeFaults(page)).toEqual([]);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/api-keys-parameter${typed}.png` });
    await page.getByRole("button", { name: "Save to the draft" }).click();
    await expect(page.getByText("The fleet's settings are in the draft")).toBeVisible();
    await reload(page);
    await expect(parameter).toHaveValue(typed);
  }
  await context.close();
});

test("a route asks for credentials in the order that was chosen, and says so in words", async ({ browser }) => {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  await admin.enter(context);
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/tenants/acme/routes/refunds`);
  await expect(page.getByText("A request needs a bearer token; without it, 401 missing_token.")).toBeVisible();
  await page.getByLabel("API key").check();
  await page.getByRole("button", { name: "Look for the API key first" }).click();
  await expect(page.getByText("Of both, the API key counts, and when it does not hold the bearer token does not help.")).toBeVisible();
  await page.getByLabel("How many are needed").selectOption("all");
  await expect(page.getByText("A request needs an API key and a bearer token, and both must hold.")).toBeVisible();
  expect(await axeFaults(page)).toEqual([]);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/api-keys-route.png` });
  await page.getByLabel("2. Bearer token").uncheck();
  await page.getByLabel("API key", { exact: true }).uncheck();
  await page.getByRole("button", { name: "Save to the draft" }).click();
  await expect(page.getByText("name at least one kind of credential")).toBeVisible();
  await page.getByLabel("API key", { exact: true }).check();
  await page.getByLabel("Bearer token", { exact: true }).check();
  await page.getByRole("button", { name: "Save to the draft" }).click();
  await expect(page.getByRole("row", { name: /^refunds/ }).getByText("API key and Bearer")).toBeVisible();
  await context.close();
});
