import { expect, type Page } from "@playwright/test";

/** The page has its title, and nothing on it is still loading. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator("h1").first()).toBeVisible();
  await expect(page.locator("[aria-busy=true], .skel")).toHaveCount(0);
}
