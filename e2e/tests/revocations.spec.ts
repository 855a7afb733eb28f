import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";
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
const statuses = (token: string) =>
  Promise.all(
    stack.gateways.map(async (url) => (await fetch(`${url}/tenants/acme/v1/payments`, { headers: { authorization: `Bearer ${token}` } })).status),
  );
const everywhere = (token: string, status: number) =>
  until(`${status} at both nodes`, async () => ((await statuses(token)).every((each) => each === status) ? true : null), 10_000);

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
  ["dark", 1440],
  ["light", 390],
] as const) {
  test(`a stolen token and a tenant are refused at both nodes, each node's time is shown, and both are lifted (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/revocations-${what}-${colorScheme}-${width}.png` });
    };
    const dialog = page.locator(".dialog");
    const token = await accessToken(stack, "acme");
    await everywhere(token, 200);

    await visit(page, `${stack.consoleUrl}/tenants/acme/revocations`);
    await page.getByRole("button", { name: "Revoke…" }).first().click();
    await dialog.getByRole("button", { name: "Revoke the token" }).click();
    await expect(dialog.getByText("is missing; say why")).toBeVisible();
    await dialog.getByLabel("Token", { exact: true }).fill(token);
    await dialog.getByLabel("Reason").fill("Pushed to a public repository");
    await clean(page);
    await picture("token");
    await dialog.getByRole("button", { name: "Revoke the token" }).click();
    await everywhere(token, 401);
    await expect(page.locator(".node").getByText("In effect")).toHaveCount(2);
    await expect(page.getByText(/In effect after .*, by each node's own word/)).toBeVisible();
    expect(await page.content()).not.toContain(token.split(".")[1]);
    await clean(page);
    await picture("nodes");
    await page.getByRole("button", { name: "Lift the revocation of" }).click();
    await dialog.getByRole("button", { name: "Lift it" }).click();
    await everywhere(token, 200);
    await expect(page.getByText(/lifted by Ada Lind/)).toBeVisible();

    await visit(page, `${stack.consoleUrl}/tenants/acme/settings`);
    await picture("settings");
    await page.getByRole("button", { name: "Suspend now…" }).click();
    await dialog.getByLabel("Reason").fill("Data breach, ticket 4711");
    await clean(page);
    await picture("suspend");
    await dialog.getByRole("button", { name: "Suspend now" }).click();
    await everywhere(token, 403);
    await expect(page.locator(".node").getByText("In effect")).toHaveCount(2);
    await picture("suspended");
    await visit(page, `${stack.consoleUrl}/tenants/acme/settings`);
    await expect(page.getByText("Suspended at the nodes", { exact: true })).toBeVisible();
    await picture("settings-suspended");
    await visit(page, `${stack.consoleUrl}/revocations`);
    await expect(page.getByText("At all 2 nodes").first()).toBeVisible();
    await clean(page);
    await picture("list");
    await page.getByRole("button", { name: "Tenant acme" }).first().click();
    await page.getByRole("button", { name: "Lift the revocation of" }).click();
    await dialog.getByRole("button", { name: "Lift it" }).click();
    await everywhere(token, 200);
    await visit(page, `${stack.consoleUrl}/revocations?show=past`);
    await expect(page.getByText("Lifted").first()).toBeVisible();
    await picture("past");

    await visit(page, `${stack.consoleUrl}/revocations?kind=api_key`);
    await page.getByRole("button", { name: /API key legacy-batch …/ }).click();
    await expect(page.getByText("401 invalid_api_key")).toBeVisible();
    await expect(page.locator(".node").getByText("In effect")).toHaveCount(2);
    await expect(page.getByRole("button", { name: "Lift the revocation of" })).toHaveCount(0);
    await clean(page);
    await picture("api-key");
    await visit(page, `${stack.consoleUrl}/revocations?show=spreading`);
    await expect(page.getByText("Everything is in effect at every node")).toBeVisible();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await expect(page.getByRole("button", { name: "Tenant hooli" })).toBeVisible();
    await visit(page, `${stack.consoleUrl}/revocations?tenant=hooli&kind=token`);
    await expect(page.getByText("Nothing of “hooli” matches")).toBeVisible();
    await picture("nothing");
    await context.close();
  });
}
