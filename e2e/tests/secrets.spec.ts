import { expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

const CANARY = "canary-in-the-browser";

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const) {
  test(`a secret is added, set anew and removed, and its value stays nowhere on the page (${colorScheme}, ${width} px)`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    const page = await context.newPage();
    const name = `login-${width}`;
    const picture = async (what: string) => {
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/secrets-${what}-${colorScheme}-${width}.png` });
    };
    await visit(page, `${stack.consoleUrl}/tenants/acme/secrets`);
    await page.getByRole("button", { name: "Add a secret" }).click();
    const dialog = page.locator(".dialog");
    await dialog.getByLabel("Name").fill(name);
    await dialog.getByLabel("Value").fill(`${CANARY}-ü`);
    await dialog.getByRole("button", { name: "Add the secret" }).click();
    await expect(dialog.getByText("has characters that a client secret cannot have")).toBeVisible();
    await clean(page);
    await picture("dialog");
    // What was typed before the refusal is still there; the secret itself is added already.
    await dialog.getByLabel("Value").fill(CANARY);
    await dialog.getByRole("button", { name: "Add the secret" }).click();
    await expect(dialog).toBeHidden();
    const row = page.getByRole("row", { name: new RegExp(name) });
    await expect(row.getByText("Set", { exact: true })).toBeVisible();
    await expect(page.locator("[aria-busy=true], .skel")).toHaveCount(0);
    await clean(page);
    await picture("list");
    expect(await page.content()).not.toContain(CANARY);

    await row.getByRole("button", { name: `Set the value of ${name}` }).click();
    await expect(dialog.getByLabel("Value")).toHaveValue("");
    await dialog.getByLabel("Value").fill(`${CANARY}-2`);
    await dialog.getByLabel("Value").press("Enter");
    await expect(dialog).toBeHidden();
    await row.getByRole("button", { name: "Remove…" }).click();
    await dialog.getByRole("button", { name: `Remove ${name}` }).click();
    await expect(row).toHaveCount(0);
    expect(await page.content()).not.toContain(CANARY);
    await context.close();
  });
}
