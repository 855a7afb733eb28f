import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type AdminSession, becomeFirstAdmin } from "../src/admin.ts";
import { axeFaults } from "../src/axe.ts";
import { PAGES, type PageName } from "../src/pages.ts";
import { settled, visit } from "../src/settled.ts";
import { type RunningStack, startStack } from "../src/stack.ts";

/** In which each page is looked at, one after the other: loading it anew for each would take most of the time. */
const VIEWS = [
  { name: "light, 1440 px", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark, 1440 px", colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  { name: "dark, 390 px", colorScheme: "dark", viewport: { width: 390, height: 844 } },
  { name: "light, 390 px", colorScheme: "light", viewport: { width: 390, height: 844 } },
] as const;

// By far the longest file: each worker takes a half of its pages, on a stack of its own.
test.describe.configure({ mode: "parallel" });

let stack: RunningStack;
let admin: AdminSession;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  stack = await startStack({ demo: true });
  admin = await becomeFirstAdmin(stack);
});
test.afterAll(() => stack?.stop());

/** Listens for what must never happen on any page. */
function watch(page: Page): { faults: string[] } {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== stack.consoleUrl && !["data:", "blob:"].includes(url.protocol)) faults.push(`left the origin: ${request.url()}`);
  });
  return { faults };
}

test.describe("every page", () => {
  let context: BrowserContext;
  test.beforeAll(async ({ browser }) => {
    context = await browser.newContext({ reducedMotion: "reduce" });
    await admin.enter(context);
  });
  test.afterAll(() => context.close());

  // Every second page is loaded on a phone first, so that neither size is only ever come to from the other.
  for (const [index, [title, path]] of (Object.entries(PAGES) as [PageName, string][]).entries()) {
    const views = index % 2 === 0 ? VIEWS : VIEWS.toReversed();
    test(`${title}: axe clean, never sideways, on its origin, nothing logged, light and dark, 1440 and 390 px`, async () => {
      const page = await context.newPage();
      const { faults } = watch(page);
      const look = async ({ colorScheme, viewport }: (typeof VIEWS)[number]): Promise<void> => {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
      };
      const [first] = views;
      if (first === undefined) throw new Error("no view");
      await look(first);
      const response = await visit(page, stack.consoleUrl + path);
      expect(response?.status()).toBe(200);
      for (const view of views) {
        await look(view);
        await settled(page);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect.soft({ view: view.name, sideways, violations: await axeFaults(page) }).toEqual({ view: view.name, sideways: 0, violations: [] });
        if (process.env.SCREENSHOTS)
          await page.screenshot({ path: `${process.env.SCREENSHOTS}/${title.replaceAll(" ", "-")}-${view.colorScheme}-${view.viewport.width}.png` });
      }
      await page.close();
      expect(faults).toEqual([]);
    });
  }
});

test("the entry pages are axe clean in both schemes", async ({ browser }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ colorScheme });
    for (const path of ["/sign-in", "/welcome#a-token", "/welcome"]) {
      const page = await context.newPage();
      const { faults } = watch(page);
      await visit(page, stack.consoleUrl + path);
      await settled(page);
      expect(await axeFaults(page)).toEqual([]);
      expect(faults).toEqual([]);
    }
    await context.close();
  }
});

test("without a session every page leads to sign-in, and nothing of it is shown", async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const path of Object.values(PAGES)) {
    await visit(page, stack.consoleUrl + path);
    expect(new URL(page.url()).pathname).toBe("/sign-in");
  }
  await context.close();
});
