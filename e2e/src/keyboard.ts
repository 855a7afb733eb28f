import { expect, type Locator, type Page } from "@playwright/test";

/** Where the focus stands: null on the page itself, else what it is and what is wrong with how it shows (WCAG 2.4.7, 2.4.11). */
function focusStop(page: Page): Promise<{ what: string; faults: string[] } | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getClientRects()[0];
    const faults: string[] = [];
    if (style.boxShadow === "none" && style.outlineStyle === "none" && !element.closest(".q")) faults.push("no ring");
    if (!box) faults.push("no box");
    else {
      const top = document.elementFromPoint(box.x + Math.min(box.width, 40) / 2, box.y + box.height / 2);
      // Taller than the window (a scrolled panel): its middle may be outside.
      if (box.height < window.innerHeight && !(top && (element.contains(top) || top.contains(element))))
        faults.push(`covered by ${top?.outerHTML.slice(0, 60) ?? "nothing: out of view"}`);
    }
    return { what: element.outerHTML.slice(0, 90), faults };
  });
}

/** Presses Tab (or Shift+Tab) until `target` has the focus; every stop on the way must show it and lie open. */
export async function tabTo(page: Page, target: Locator, { back = false, most = 120 }: { back?: boolean; most?: number } = {}): Promise<void> {
  for (let presses = 0; presses < most; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    const stop = await focusStop(page);
    if (stop) expect(stop.faults, stop.what).toEqual([]);
  }
  throw new Error(`${target} was not reached within ${most} stops`);
}
