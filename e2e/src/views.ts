import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";
import type { AdminSession } from "./admin.ts";
import { axeFaults } from "./axe.ts";
import { settled } from "./settled.ts";

/** How somebody looks at a page: on a desk in the light, and on a telephone in the dark. */
export const VIEWS = [
  ["light", 1440],
  ["dark", 390],
] as const;
export type View = (typeof VIEWS)[number];

/** A browser of the administrator's in this view. */
export async function openView(browser: Browser, admin: AdminSession, [colorScheme, width]: View): Promise<BrowserContext> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
  await admin.enter(context);
  return context;
}

/** The page is at rest, without a fault that axe knows, and no wider than its window. With SCREENSHOTS it is kept as a picture of this name. */
export async function clean(page: Page, name: string, [colorScheme, width]: View): Promise<void> {
  await settled(page);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}-${width}.png`, fullPage: true });
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}
