import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { failuresOfPlaywright, failuresOfVitest } from "./lib/failures.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(path.join(tmpdir(), "sallyport-failures-"));
symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name, ...lines) => writeFileSync(path.join(folder, name), lines.join("\n"));
const json = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));

describe("the end of a test run", () => {
  it("names each failed test of vitest, and each file that it could not run", () => {
    file("good.test.mjs", 'test("holds", () => {});');
    file(
      "bad.test.mjs",
      'describe("a sum", () => {',
      '  test("holds", () => expect(1 + 1).toBe(2));',
      '  test("fails", () => expect(1 + 1).toBe(3));',
      "});",
    );
    file("broken.test.mjs", 'throw new Error("cannot be loaded");');
    const args = [path.join(root, "node_modules/vitest/vitest.mjs"), "run", "--globals", "--reporter=json", "--outputFile.json=vitest.json"];
    expect(spawnSync(process.execPath, args, { cwd: folder }).status).toBe(1);
    const failures = failuresOfVitest(json("vitest.json"), folder).sort();
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/^ {2}bad\.test\.mjs › a sum fails\n {6}AssertionError: expected 2 to be 3/);
    expect(failures[1]).toMatch(/^ {2}broken\.test\.mjs › the file could not be run\n.*cannot be loaded/);
  });

  it("names each failed test of the browser, and an error outside of any", () => {
    file(
      "sum.spec.mjs",
      'import { expect, test } from "@playwright/test";',
      'test("holds", () => {});',
      'test.describe("a sum", () => { test("fails", () => expect(1 + 1).toBe(3)); });',
    );
    file("playwright.config.mjs", 'export default { testMatch: "sum.spec.mjs", globalTeardown: "./teardown.mjs", reporter: "json" };');
    file("teardown.mjs", 'export default () => { throw new Error("the stack does not end"); };');
    const args = [path.join(root, "node_modules/@playwright/test/cli.js"), "test"];
    const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: path.join(folder, "playwright.json") };
    expect(spawnSync(process.execPath, args, { cwd: folder, env }).status).toBe(1);
    const failures = failuresOfPlaywright(json("playwright.json"));
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/^ {2}sum\.spec\.mjs:3 › fails\n {6}Error: expect\(received\)\.toBe\(expected\)/);
    expect(failures[1]).toMatch(/^ {2}playwright › outside of the tests\n.*the stack does not end/);
  });
});
