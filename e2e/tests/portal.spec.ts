import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

const VIEWS = [
  ["light", 1440],
  ["dark", 390],
] as const;
type View = (typeof VIEWS)[number];

async function clean(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

async function picture(page: Page, what: string, [colorScheme, width]: View): Promise<void> {
  if (process.env.SCREENSHOTS)
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/portal-${what}-${colorScheme}-${width}.png`, fullPage: true });
}

const contextFor = (browser: Browser, [colorScheme, width]: View): Promise<BrowserContext> =>
  browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });

/** Slugs and names of the demo's other tenants: none of them may be anywhere in the portal. */
const OTHERS = /acme|umbrella|hooli|initech|tyrell|piedpiper|soylent|cyberdyne|wayne/i;

async function invite(slug: string, recipient: string): Promise<{ link: string; id: string }> {
  const made = (await admin.mutate("portalInvitations.create", { slug, recipient, intents: ["identity_provider", "test"] })) as {
    link: string;
    row: { id: string };
  };
  return { link: made.link, id: made.row.id };
}

/** Uses a link up in a browser of its own. */
async function enter(browser: Browser, view: View, slug = "globex"): Promise<{ page: Page; context: BrowserContext; id: string }> {
  const { link, id } = await invite(slug, `Art of ${view[1]}`);
  const context = await contextFor(browser, view);
  const page = await context.newPage();
  await visit(page, link);
  await page.getByRole("button", { name: "Open the portal" }).click();
  await expect(page.getByRole("heading", { name: "Set up sign-in" })).toBeVisible();
  return { page, context, id };
}

for (const view of VIEWS) {
  const [colorScheme, width] = view;
  test(`an operator invites somebody, who comes in once by the link and is out when it is revoked (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const operating = await contextFor(browser, view);
    await operating.grantPermissions(["clipboard-read", "clipboard-write"], { origin: stack.consoleUrl });
    await admin.enter(operating);
    const console = await operating.newPage();
    const dialog = console.locator(".dialog");
    const recipient = `Art Vandelay ${width}`;
    await visit(console, `${stack.consoleUrl}/tenants/globex/portal`);
    await console.getByRole("button", { name: "Invite somebody" }).click();
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await expect(dialog.getByText("is empty; write whom the link is for")).toBeVisible();
    await dialog.getByLabel("For whom").fill(recipient);
    await clean(console);
    await picture(console, "invite", view);
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await expect(dialog.getByText("Only its hash is kept")).toBeVisible();
    await dialog.getByRole("button", { name: "Copy" }).click();
    await expect(dialog.getByText("Copied", { exact: true })).toBeVisible();
    const link = await console.evaluate(() => navigator.clipboard.readText());
    await clean(console);
    await picture(console, "link", view);
    await dialog.getByRole("button", { name: "I have copied it" }).click();
    await expect(dialog).toBeHidden();
    const token = link.split("#")[1] ?? "";
    expect(token).toMatch(/^spi_[A-Za-z0-9_-]{43}$/);
    expect(await console.content()).not.toContain(token.slice(4));
    const row = console.getByRole("row", { name: new RegExp(`^${recipient}`) });
    await expect(row.getByText("Not used yet")).toBeVisible();

    const context = await contextFor(browser, view);
    const page = await context.newPage();
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.url()} ${request.headers().referer ?? ""}`));
    const response = await visit(page, link);
    expect(response?.headers()).toMatchObject({ "referrer-policy": "no-referrer", "cache-control": expect.stringContaining("no-store") });
    await expect(page.getByRole("button", { name: "Open the portal" })).toBeVisible();
    expect(page.url()).toBe(`${stack.consoleUrl}/portal/invitation`);
    await clean(page);
    await picture(page, "invitation", view);
    await page.getByRole("button", { name: "Open the portal" }).click();
    await expect(page.getByRole("heading", { name: "Set up sign-in" })).toBeVisible();
    await clean(page);
    await picture(page, "start", view);
    const seen = sent.filter((line) => line.includes(token.slice(4)));
    expect(seen).toEqual([]);
    expect(await page.content()).not.toMatch(OTHERS);
    await expect(row.getByText("In the portal")).toBeVisible({ timeout: 15_000 });
    await picture(console, "access", view);

    const second = await (await contextFor(browser, view)).newPage();
    await visit(second, link);
    await second.getByRole("button", { name: "Open the portal" }).click();
    await expect(second.getByText("This link does not work")).toBeVisible();
    await clean(second);
    await picture(second, "used", view);
    await visit(second, `${stack.consoleUrl}/portal`);
    await expect(second.getByRole("heading", { name: "You are not in the portal" })).toBeVisible();
    await picture(second, "outside", view);
    await second.context().close();

    await row.getByRole("button", { name: `Revoke the access of ${recipient}` }).click();
    await expect(dialog.getByText("They are out with their next click")).toBeVisible();
    await clean(console);
    await dialog.getByRole("button", { name: "Revoke the access" }).click();
    await expect(row.getByText("Revoked", { exact: true })).toBeVisible();
    await visit(page, `${stack.consoleUrl}/portal`);
    await expect(page.getByRole("heading", { name: "You are not in the portal" })).toBeVisible();
    await context.close();
    await operating.close();
  });
}

test("whoever is in the portal finds the console closed, and leaves for good", async ({ browser }) => {
  const { page, context } = await enter(browser, VIEWS[0]);
  for (const path of ["/", "/tenants/globex", "/alerts", "/settings"]) {
    await visit(page, stack.consoleUrl + path);
    expect(new URL(page.url()).pathname).toBe("/sign-in");
  }
  await visit(page, `${stack.consoleUrl}/portal`);
  await page.getByRole("button", { name: "Leave…" }).click();
  await page.locator(".dialog").getByRole("button", { name: "Leave the portal" }).click();
  await expect(page.getByRole("heading", { name: "You are not in the portal" })).toBeVisible();
  await visit(page, `${stack.consoleUrl}/portal`);
  await expect(page.getByRole("heading", { name: "You are not in the portal" })).toBeVisible();
  await context.close();
});
