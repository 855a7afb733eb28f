import { defineConfig } from "@playwright/test";

/** Which browser: npm test names one; alone, Playwright's own or a system Chromium is found by scripts/lib/chromium.mjs. */
const { findChromium } = await import("@sallyport/scripts/chromium");
const executablePath = findChromium(null) ?? undefined;
const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "./tests",
  globalSetup: "./src/global-setup.ts",
  outputDir: "../.data/test-results/e2e",
  // Each file runs a stack of its own, and waits for it half of the time.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json"]],
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    // No film: taking a picture of every frame takes as long as many a test. What failed has its last picture, and the trace its pages.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        ...(asRoot ? ["--no-sandbox"] : []),
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-dev-shm-usage",
      ],
    },
  },
});
