import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    server: { deps: { external: [/\/dist\//] } },
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
    isolate: false,
    include: ["src/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
