import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type { RunOptions } from "axe-core";

const SOURCE = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const OPTIONS: RunOptions = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
  // What passes is not asked for: writing it down takes longer than finding it.
  resultTypes: ["violations"],
};

/**
 * What axe finds on the page as it stands: rule and first elements, one line each; empty when clean.
 * The library comes to a document once. The console frames nothing, which is made sure of: axe would not look into a frame by itself.
 */
export async function axeFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await SOURCE);
  return page.evaluate(async (options) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, options);
    const faults = violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target }) => target.join(" "))
          .slice(0, 5)
          .join(", ")}`,
    );
    return document.querySelector("iframe, frame") === null ? faults : [...faults, "a frame, into which axe does not look"];
  }, OPTIONS);
}
