import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { WARNINGS } from "./warning-codes.js";

it("every warning is explained in docs/review.md, with its severity, and nothing else is", async () => {
  const page = await readFile(new URL("../../../../docs/review.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (notice|warning|opening) \|/gm)].map(([, code, severity]) => [code, severity]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(Object.entries(WARNINGS).map(([code, { severity }]) => [code, severity])));
});
