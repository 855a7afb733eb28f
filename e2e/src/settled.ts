import { expect, type Page, type Response } from "@playwright/test";

/**
 * Parts of a page that came later in its stream stand in hidden copies until they are put in their places; a locator would find both.
 * Once the page has loaded, all of them are there.
 */
async function whole(page: Page): Promise<void> {
  await expect(page.locator("[hidden][id^='S:']")).toHaveCount(0);
}

/** The page has its title, and nothing on it is still loading. */
export async function settled(page: Page): Promise<void> {
  await whole(page);
  await expect(page.locator("h1").first()).toBeVisible();
  await expect(page.locator("[aria-busy=true], .skel")).toHaveCount(0);
}

/** Opens an address, and waits for the whole page. */
export async function visit(page: Page, url: string): Promise<Response | null> {
  const response = await page.goto(url);
  await whole(page);
  return response;
}

/** Loads the page again, and waits for the whole of it. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await whole(page);
}

/** What was typed is saved: until then the button is busy, and disabled for that alone. */
export async function saved(page: Page, button: string): Promise<void> {
  const save = page.getByRole("button", { name: button });
  await expect(save).toBeDisabled();
  await expect(save).not.toHaveAttribute("aria-busy", "true");
  await expect(save).toBeDisabled();
}
