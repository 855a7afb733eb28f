// Makes the pictures of the README from the demo: npm run pictures -w e2e
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, expect, type Page } from "@playwright/test";
import { findChromium } from "@sallyport/scripts/chromium";
import { becomeFirstAdmin } from "./src/admin.ts";
import startRun from "./src/global-setup.ts";
import { startStack } from "./src/stack.ts";
import { accessToken } from "./src/tokens.ts";

const images = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../docs/images");
const executablePath = findChromium(null) ?? undefined;

const endRun = await startRun();
const stack = await startStack({ demo: true });
const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

async function shoot(
  context: BrowserContext,
  name: string,
  address: string,
  prepare: (page: Page) => Promise<void> = async () => undefined,
): Promise<void> {
  const page = await context.newPage();
  await page.goto(stack.consoleUrl + address);
  await expect(page.locator("h1").first()).toBeVisible();
  await expect(page.locator("[aria-busy=true], .skel")).toHaveCount(0);
  await prepare(page);
  await page.screenshot({ path: path.join(images, `${name}.png`) });
  await page.close();
}

/** A minute of ordinary calls, so that the figures of the nodes say something. */
async function someTraffic(): Promise<void> {
  const tokens = { acme: await accessToken(stack, "acme"), globex: await accessToken(stack, "globex") };
  for (let round = 0; round < 150; round += 1) {
    for (const gateway of stack.gateways) {
      await fetch(`${gateway}/tenants/acme/v1/payments`, { headers: { authorization: `Bearer ${tokens.acme}` } });
      await fetch(`${gateway}/tenants/globex/v1/payouts`, { headers: { authorization: `Bearer ${round % 40 === 0 ? tokens.acme : tokens.globex}` } });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const admin = await becomeFirstAdmin(stack);
  await someTraffic();
  const open = async (colorScheme: "light" | "dark") => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
    await admin.enter(context);
    return context;
  };
  const light = await open("light");
  await shoot(light, "overview-light", "/");
  await shoot(light, "tenants-light", "/tenants");
  await shoot(light, "tenant-light", "/tenants/globex");
  await shoot(light, "idp-wizard-light", "/tenants/vandelay/identity-providers/new", async (page) => {
    await page.getByLabel("Issuer, discovery URL or domain").fill(`http://127.0.0.1:${stack.ports.acme}`);
    await page.getByRole("button", { name: "Look it up" }).click();
    await expect(page.getByText("Filled in from the document")).toBeVisible();
  });
  await shoot(light, "review-light", "/draft", async (page) => {
    await expect(page.getByText(/[0-9] requests in 24 h/).first()).toBeVisible();
  });
  const dark = await open("dark");
  await shoot(dark, "nodes-dark", "/nodes");
  await shoot(dark, "alerts-dark", "/alerts", async (page) => {
    await page.getByRole("button", { name: "Token of acme used at globex" }).click();
    await expect(page.getByRole("heading", { name: "What it means" })).toBeVisible();
  });
} finally {
  await browser.close();
  await stack.stop();
  await endRun();
}
