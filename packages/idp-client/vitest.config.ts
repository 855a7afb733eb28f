import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    server: { deps: { external: [/\/dist\//] } },
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
    include: ["src/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
