import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";
import { accessToken } from "../src/tokens.ts";

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

for (const view of VIEWS) {
  const [colorScheme, width] = view;
  test(`a provider is changed and another registered with its guide, and both wait for the operator (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const { page, context } = await enter(browser, view);
    await page.getByRole("link", { name: /^(?:Done|Next|To fix) Pass its checks/ }).click();
    await expect(page.getByRole("heading", { name: "Your identity providers" })).toBeVisible();
    await clean(page);
    await picture(page, "providers", view);

    await page.getByRole("button", { name: "Change entra-main" }).click();
    await expect(page.getByRole("heading", { name: "Change entra-main" })).toBeVisible();
    await page.getByRole("button", { name: "Look it up" }).click();
    await expect(page.getByText(/\d passed, 0 failed/)).toBeVisible();
    await page.getByLabel("Clock tolerance").selectOption(width === 390 ? "10" : "0");
    await page.getByLabel("Try it with a token").fill(JSON.stringify({ sub: "ada", email: "ada@globex.example", scope: "read write" }));
    await expect(page.getByLabel("What the gateway would read").getByText("read write")).toBeVisible();
    await clean(page);
    await picture(page, "change", view);
    await page.getByRole("button", { name: "Save and check" }).click();
    await expect(page.getByText("entra-main is saved. Ledgerline Payments looks at it and puts it live.")).toBeVisible();
    await clean(page);
    await picture(page, "saved", view);
    const line = page.locator(".part").filter({ hasText: "entra-main" });
    await expect(line.getByText("Waits for Ledgerline Payments", { exact: true })).toBeVisible();

    await page.getByRole("button", { name: "Register another" }).click();
    const vendor = page.getByLabel("Which provider do you have?");
    for (const [name, words] of [
      ["Microsoft Entra ID", "requestedAccessTokenVersion"],
      ["Okta", "Authorization Servers"],
      ["Auth0", "Enable RBAC"],
      ["Google", "Google Auth Platform"],
      ["Keycloak", "Included Custom Audience"],
      ["Ping Identity", "PingOne"],
      ["Another OpenID provider", "HS256 is never accepted"],
      ["OAuth server that is asked (introspection)", "RFC 7662"],
    ] as const) {
      await vendor.selectOption(name);
      await expect(page.locator(".guide")).toContainText(words);
    }
    await expect(page.getByLabel("Client secret")).toBeVisible();
    await clean(page);
    await picture(page, "asked", view);
    await vendor.selectOption("Okta");
    await expect(page.locator(".copy").filter({ hasText: "/.sallyport/callback" })).toBeVisible();
    await page.getByLabel("Issuer, discovery URL or domain").fill("no.such.host.invalid");
    await page.getByRole("button", { name: "Look it up" }).click();
    await expect(page.locator(".checks .bad").first()).toBeVisible();
    await clean(page);
    await picture(page, "failed", view);
    const issuer = `http://127.0.0.1:${stack.ports.globex}`;
    await page.getByLabel("Issuer, discovery URL or domain").fill(issuer);
    await page.getByRole("button", { name: "Check again" }).first().click();
    await expect(page.getByText(/\d passed, 0 failed/)).toBeVisible();
    await page.getByLabel("Name", { exact: true }).fill(`okta-${width}`);
    await page.getByLabel("Expected audiences").fill(`https://staging.globex.example/${width}`);
    await page.getByRole("button", { name: "Save and check" }).click();
    await expect(page.getByText(`okta-${width} is saved`)).toBeVisible();
    expect(await page.content()).not.toMatch(OTHERS);
    await context.close();
  });

  test(`a token is tried by the nodes' own pipeline, and another tenant's says nothing of whose it is (${colorScheme}, ${width} px)`, async ({
    browser,
  }) => {
    const { page, context } = await enter(browser, view);
    await page.getByRole("link", { name: "Test a token" }).click();
    await expect(page.getByRole("heading", { name: "Test a token" })).toBeVisible();
    // The page came from the server: what is done before its scripts have taken over is lost.
    const live = page.getByRole("button", { name: "What is live" });
    await expect(async () => {
      await live.click();
      await expect(live).toHaveAttribute("aria-pressed", "true", { timeout: 500 });
    }).toPass();
    await page.getByLabel("Path").fill("/v1/payouts");
    await page.getByLabel("Access token").fill(await accessToken(stack, "globex"));
    await page.getByRole("button", { name: "Try it" }).click();
    const verdict = page.getByRole("region", { name: "Verdict" });
    await expect(verdict.getByText("Let in")).toBeVisible();
    await clean(page);
    await picture(page, "let-in", view);
    await page.getByLabel("Access token").fill(await accessToken(stack, "acme"));
    await page.getByRole("button", { name: "Try it" }).click();
    await expect(verdict.getByText("tenant_mismatch").first()).toBeVisible();
    expect(await page.content()).not.toMatch(OTHERS);
    await clean(page);
    await picture(page, "refused", view);
    await context.close();
  });
}
