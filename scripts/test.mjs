// npm test: sets up what is missing, then checks, unit, integration and browser tests, and one closing line.
// npm run test:core leaves out the browser and what runs programs of the system (*.system.test.ts), and needs nothing but Node.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium, installSystemPackages } from "./lib/chromium.mjs";
import { failuresOfPlaywright, failuresOfVitest } from "./lib/failures.mjs";
import { requireNode, Stop } from "./lib/preflight.mjs";
import { build, createSteps, installPackages, report, seconds, toolEnvironment } from "./lib/steps.mjs";
import { missingSystemPackages } from "./lib/system-programs.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const core = process.argv.includes("--core");
const results = path.join(root, ".data", "test-results");
const env = { ...toolEnvironment(root), FORCE_COLOR: "0" };

/** Runs with its output shown as it comes. */
const show = (args, more = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...env, ...more }, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });

/** The counts that a run wrote; a run that wrote none has failed as a whole. */
function countsOf(file, read) {
  try {
    return read(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [`  ${path.basename(file, ".json")} › it wrote no report: it ended before its tests did`] };
  }
}

async function unitAndIntegration() {
  const file = path.join(results, "vitest.json");
  const code = await show([
    path.join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...(core ? ["--exclude=**/*.system.test.ts"] : []),
  ]);
  const counts = countsOf(file, (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
    failures: failuresOfVitest(json, root),
  }));
  // A suite that could not be loaded counts no test, and still fails the run.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function browser(chromium) {
  const file = path.join(results, "playwright.json");
  const code = await show([path.join(root, "node_modules/@playwright/test/cli.js"), "test", "--config", "e2e/playwright.config.ts"], {
    PLAYWRIGHT_CHROMIUM_PATH: chromium,
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  });
  const counts = countsOf(file, (json) => ({
    passed: json.stats.expected + json.stats.flaky,
    failed: json.stats.unexpected,
    skipped: json.stats.skipped,
    failures: failuresOfPlaywright(json),
  }));
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Installs what the tests run for real and the system lacks, in one go. @returns the browser's path */
async function preparePrograms() {
  const { chromium } = createRequire(path.join(root, "e2e/package.json"))("@playwright/test");
  const found = findChromium(chromium);
  const missing = [...(found ? [] : ["chromium"]), ...missingSystemPackages(root)];
  if (missing.length > 0) {
    const started = performance.now();
    await installSystemPackages(missing, `The tests run programs of the system for real, and some are missing: ${missing.join(", ")}.`);
    report("system programs (apt)", seconds(started));
  }
  const installed = found ?? findChromium(chromium);
  if (!installed) throw new Stop("Chromium was installed but is not where it was expected; set PLAYWRIGHT_CHROMIUM_PATH to its path.");
  return installed;
}

async function main() {
  requireNode();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  console.log("Setting up\n");
  const step = createSteps(root, path.join(root, ".data", "build"));
  await installPackages(root, step);
  const chromium = core ? null : await preparePrograms();
  await build(root, step);

  console.log("\nChecks\n");
  const checked = (await show(["scripts/check.mjs"])) === 0;
  console.log("\nTests\n");
  const total = { passed: checked ? 1 : 0, failed: checked ? 0 : 1, skipped: 0 };
  const failures = checked ? [] : ["  the checks before the tests: see above, or npm run check"];
  for (const run of core ? [unitAndIntegration] : [unitAndIntegration, () => browser(chromium)]) {
    const counts = await run();
    for (const key of Object.keys(total)) total[key] += counts[key];
    failures.push(...counts.failures);
  }
  if (total.skipped > 0) {
    console.error(`\n${total.skipped} tests were skipped; a test that cannot run must fail and say what it lacks.`);
    total.failed += total.skipped;
  }
  if (failures.length > 0) console.log(`\nFailed\n\n${failures.join("\n")}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error instanceof Stop ? error.message : error);
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
});
