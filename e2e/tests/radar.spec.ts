import { expect, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

test("the radar lists what is in trouble first, its filter lives in the URL, and a provider is asked when somebody wants it", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  await admin.enter(context);
  const page = await context.newPage();
  await visit(page, `${stack.consoleUrl}/radar`);
  const rows = page.locator("tbody tr");
  await expect(rows.first()).toContainText("umbrella-pay");
  await expect(rows.first()).toContainText("Brings no keys");
  await expect(page.getByText(/1 identity provider brings no keys, 2 should be looked at/)).toBeVisible();

  await page.getByRole("button", { name: /^State/ }).click();
  await page.getByRole("menuitemradio", { name: "look at it" }).click();
  await expect(page).toHaveURL(/state=attention/);
  await expect(rows).toHaveCount(2);
  await page.reload();
  await expect(rows).toHaveCount(2);
  await page.getByRole("link", { name: "initech" }).click();
  const radar = page.getByRole("region", { name: "Radar" });
  await expect(radar.getByText("Key that may not be used")).toBeVisible();
  await expect(radar.getByRole("list", { name: "Keys over time" }).getByRole("listitem")).toHaveCount(2);
  await settled(page);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/radar-of-a-provider.png` });

  await visit(page, `${stack.consoleUrl}/tenants/acme/identity-providers/main`);
  await expect(radar.getByText(/at gateway-1 and gateway-2/)).toBeVisible();
  await expect(radar.getByText(/asked (?!just now)/)).toBeVisible({ timeout: 15_000 });
  const asked = page.waitForResponse((response) => response.url().includes("radar.probe"));
  await radar.getByRole("button", { name: "Probe now" }).click();
  expect((await asked).status()).toBe(200);
  await expect(radar.getByText("Well")).toBeVisible();

  // Nothing of it is live yet.
  await visit(page, `${stack.consoleUrl}/tenants/vandelay/identity-providers/vandelay-sso`);
  await expect(radar.getByText("Not watched yet")).toBeVisible();
  await context.close();
});
