import { type Browser, type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { tabTo } from "../src/keyboard.ts";
import { PAGES } from "../src/pages.ts";
import { reload, settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

async function enter(browser: Browser, options: Parameters<Browser["newContext"]>[0] = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 }, ...options });
  await admin.enter(context);
  return context;
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await visit(page, stack.consoleUrl + path);
  await settled(page);
  return page;
}

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();

/** Everything that opens above a page, and what is there once it is open. */
const OVERLAYS: Readonly<Record<string, { path: string; narrow?: true; show: (page: Page) => Promise<unknown>; shown: (page: Page) => Locator }>> = {
  "a filter's menu": { path: "/tenants", show: (page) => press(page, /^Status/), shown: (page) => page.getByRole("menu") },
  "the account's menu": { path: "/", show: (page) => press(page, /^Account of/), shown: (page) => page.getByRole("menu") },
  "a dialog": {
    path: "/tenants/acme/settings",
    show: (page) => press(page, "Delete acme…"),
    shown: (page) => page.getByRole("dialog", { name: "Delete tenant acme" }),
  },
  "a wide dialog with a form": {
    path: "/settings/tokens",
    show: (page) => press(page, "Make a token"),
    shown: (page) => page.getByRole("dialog", { name: "Make an API token" }),
  },
  "an alert's drawer": {
    path: "/alerts",
    show: (page) => press(page, "Token of acme used at globex"),
    shown: (page) => page.getByRole("heading", { name: "What it means" }),
  },
  "a node's drawer": { path: "/nodes", show: (page) => press(page, "gateway-1"), shown: (page) => page.getByRole("dialog", { name: /gateway-1/ }) },
  "a health check's drawer": {
    path: "/health",
    show: (page) => press(page, "Every node is heard"),
    shown: (page) => page.getByRole("dialog", { name: "Every node is heard" }),
  },
  "the command menu": {
    path: "/",
    show: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByPlaceholder("Tenant, screen or action").fill("acme");
    },
    shown: (page) => page.getByRole("option", { name: /acme/ }).first(),
  },
  "the tenant switcher": {
    path: "/tenants/globex/routes",
    show: (page) => press(page, /^Tenant /),
    shown: (page) => page.getByRole("option", { name: /acme/ }).first(),
  },
  "the navigation of small screens": {
    path: "/",
    narrow: true,
    show: (page) => press(page, "Menu"),
    shown: (page) => page.getByRole("dialog", { name: "Menu" }),
  },
  "a notice": {
    path: "/alerts",
    show: async (page) => {
      await press(page, /^Account of/);
      await page.getByRole("menuitem", { name: /Single-key/ }).click();
    },
    shown: (page) => page.getByText(/Single-key shortcuts are/).first(),
  },
};

test("everything that opens above a page is axe clean while it is open, light and dark", async ({ browser }) => {
  test.setTimeout(240_000);
  const contexts = { wide: await enter(browser), narrow: await enter(browser, { viewport: { width: 390, height: 844 } }) };
  for (const [name, { path, narrow, show, shown }] of Object.entries(OVERLAYS)) {
    await test.step(name, async () => {
      const page = await open(narrow ? contexts.narrow : contexts.wide, path);
      await show(page);
      await expect(shown(page)).toBeVisible();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await axeFaults(page), `${name}, ${colorScheme}`).toEqual([]);
        if (process.env.SCREENSHOTS)
          await page.screenshot({ path: `${process.env.SCREENSHOTS}/over-${name.replaceAll(" ", "-")}-${colorScheme}.png` });
      }
      await page.close();
    });
  }
  for (const context of Object.values(contexts)) await context.close();
});

test("a dialog keeps the focus, Esc closes it, and the focus is back where it came from", async ({ browser }) => {
  const context = await enter(browser);
  for (const [path, opener, dialog] of [
    ["/tenants/acme/settings", "Suspend in the draft…", "Suspend acme"],
    ["/settings/tokens", "Make a token", "Make an API token"],
    ["/tenants/globex/routes/payouts", "Remove…", "Remove payouts"],
  ] as const) {
    const page = await open(context, path);
    const button = page.getByRole("button", { name: opener });
    await tabTo(page, button);
    await page.keyboard.press("Enter");
    const shown = page.getByRole("dialog", { name: dialog });
    await expect(shown).toBeVisible();
    const stops = await shown.locator("button, input, select, textarea").count();
    for (const key of ["Tab", "Shift+Tab"]) {
      for (let step = 0; step <= stops; step += 1) {
        await page.keyboard.press(key);
        await expect.poll(() => shown.evaluate((element) => element.contains(document.activeElement)), `${key} ${step} in ${dialog}`).toBe(true);
      }
    }
    await page.keyboard.press("Escape");
    await expect(shown).toBeHidden();
    await expect(button).toBeFocused();
    await page.close();
  }
  await context.close();
});

test("an open alert and the filters stand in the address; Back closes the drawer, Esc too, and the focus returns to the row", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/alerts");
  await press(page, /^Severity/);
  await page.getByRole("menuitemradio", { name: "critical" }).click();
  await expect(page).toHaveURL(/severity=critical/);
  const row = page.getByRole("button", { name: "Token of acme used at globex" }).first();
  await row.click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByRole("heading", { name: "What it means" })).toBeVisible();
  await expect(page).toHaveURL(/severity=critical.*alert=\d+/);
  await reload(page);
  await expect(drawer.getByRole("heading", { name: "What it means" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Severity/ })).toContainText("critical");
  await page.goBack();
  await expect(drawer).toBeHidden();
  await expect(page).toHaveURL(/severity=critical$/);
  // After a reload, going back loads the page anew behind what it shows at once, and takes the focus of whoever is quicker than a person.
  await expect(async () => {
    await row.focus();
    await page.keyboard.press("Enter");
    await expect(drawer).toBeVisible({ timeout: 3_000 });
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden({ timeout: 3_000 });
    await expect(row).toBeFocused({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await context.close();
});

test("single keys act on a list, are dead while somebody types, and can be switched off", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/tenants");
  const focused = page.locator("tr.foc");
  const search = page.getByLabel("Search tenants");
  await search.fill("");
  await search.pressSequentially("jk/");
  await expect(search).toHaveValue("jk/");
  await expect(focused).toHaveCount(0);
  // The list follows what is typed a moment later: a key that comes between would find no row.
  await expect(page.getByRole("heading", { name: "Nothing matches “jk/”" })).toBeVisible();
  await search.fill("");
  await expect(page.locator("tr[data-row=acme]")).toBeVisible();
  await search.blur();
  await page.keyboard.press("j");
  await expect(focused).toHaveCount(1);
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  await press(page, /^Account of/);
  await page.getByRole("menuitem", { name: /Single-key/ }).click();
  await reload(page);
  await settled(page);
  await page.keyboard.press("j");
  await page.keyboard.press("/");
  await expect(search).not.toBeFocused();
  await expect(focused).toHaveCount(0);
  await context.close();
});

test("no page scrolls sideways at 320 px, which is 1280 px at 400 %", async ({ browser }) => {
  const context = await enter(browser, { viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  const wide: string[] = [];
  for (const [name, path] of Object.entries({ ...PAGES, "sign in": "/sign-in", tokens: "/settings/tokens", people: "/settings/people" })) {
    await visit(page, stack.consoleUrl + path);
    await settled(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) wide.push(`${name}: ${over} px`);
  }
  expect(wide).toEqual([]);
  await context.close();
});

test("dark is there from the first paint, before any script has run: by the system, and by choice against it", async ({ browser }) => {
  const brightness = async (context: BrowserContext) => {
    const page = await context.newPage();
    await page.route("**/*.js", (route) => route.abort());
    await visit(page, stack.consoleUrl);
    await expect(page.locator("h1").first()).toBeVisible();
    const shot = await page.evaluate(() => {
      const canvas = document.createElement("canvas").getContext("2d");
      if (!canvas) return null;
      canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data[0] ?? null;
    });
    await page.close();
    return shot;
  };
  const bySystem = await enter(browser, { colorScheme: "dark" });
  expect(await brightness(bySystem)).toBeLessThan(60);
  await bySystem.close();
  const chosen = await enter(browser, { colorScheme: "light" });
  expect(await brightness(chosen)).toBeGreaterThan(200);
  const page = await open(chosen, "/");
  await press(page, /^Account of/);
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.close();
  expect(await brightness(chosen)).toBeLessThan(60);
  await chosen.close();
});

test.describe("leaving a form with unsaved edits", () => {
  const FORM = "/tenants/globex/routes/payouts";
  const question = (page: Page) => page.getByRole("dialog", { name: "Your edits are not saved" });
  const keep = async (page: Page) => {
    await expect(question(page)).toBeVisible();
    await question(page).getByRole("button", { name: "Keep editing" }).click();
    await expect(question(page)).toBeHidden();
    await expect(page).toHaveURL(stack.consoleUrl + FORM);
    await expect(page.getByLabel("Path prefix")).toHaveValue("/v2/half-typed");
  };

  async function edited(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
    const context = await enter(browser);
    const page = await open(context, "/tenants/globex/routes");
    await page.getByRole("link", { name: "payouts", exact: true }).first().click();
    await page.getByLabel("Path prefix").fill("/v2/half-typed");
    return { context, page };
  }

  test("asks before a link, Back, the command menu, signing out, a reload and closing; staying loses nothing, discarding leaves", async ({
    browser,
  }) => {
    const { context, page } = await edited(browser);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Nodes" }).click();
    await keep(page);
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.keyboard.press("Escape");
    await expect(question(page)).toBeHidden();
    await page.goBack();
    await keep(page);
    await page.goBack();
    await keep(page);
    await page.keyboard.press("Control+k");
    await expect(page.getByPlaceholder("Tenant, screen or action")).toBeFocused();
    await page.keyboard.type("audit");
    await page.getByRole("option", { name: "Audit log" }).click();
    await keep(page);
    await press(page, /^Account of/);
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await keep(page);
    for (const leave of [() => page.reload(), () => page.close({ runBeforeUnload: true })]) {
      const asked = page.waitForEvent("dialog");
      const left = leave().catch(() => undefined);
      const dialog = await asked;
      expect(dialog.type()).toBe("beforeunload");
      await dialog.dismiss();
      await left;
      await expect(page.getByLabel("Path prefix")).toHaveValue("/v2/half-typed");
    }
    await page.goBack();
    await question(page).getByRole("button", { name: "Discard and leave" }).click();
    await expect(page).toHaveURL(/\/tenants\/globex\/routes$/);
    await page.getByRole("link", { name: "payouts", exact: true }).first().click();
    await expect(page.getByLabel("Path prefix")).not.toHaveValue("/v2/half-typed");
    await context.close();
  });

  test("asks nothing when nothing is typed, when it is typed back, or when it is saved", async ({ browser }) => {
    const context = await enter(browser);
    const page = await open(context, "/tenants/globex/settings");
    const name = page.getByLabel("Display name");
    const before = await name.inputValue();
    await name.fill("Globex, renamed");
    await name.fill(before);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit log" }).click();
    await expect(page).toHaveURL(/\/audit$/);
    await page.goBack();
    await name.fill("Globex, renamed");
    await press(page, "Save settings to the draft");
    await expect(page.getByText("The settings are in the draft").first()).toBeVisible();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit log" }).click();
    await expect(page).toHaveURL(/\/audit$/);
    await context.close();
  });
});

test("the organisation's name is a setting, and stands at the foot of the menu at once", async ({ browser }) => {
  const context = await enter(browser);
  const page = await open(context, "/settings");
  const foot = page.getByRole("navigation", { name: "Main" }).locator(".foot");
  await expect(foot).toContainText("Ledgerline Payments");
  await page.getByLabel("Organisation").fill("Ledgerline Payments Europe");
  await press(page, "Save the name");
  await expect(foot).toContainText("Ledgerline Payments Europe");
  await reload(page);
  await expect(foot).toContainText("Ledgerline Payments Europe");
  await context.close();
});
