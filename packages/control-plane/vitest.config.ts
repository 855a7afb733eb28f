import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    server: { deps: { external: [/\/dist\//] } },
    isolate: false,
    include: ["src/**/*.test.ts"],
    globalSetup: ["@sallyport/data/testing-setup"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
