import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
    name: "prisma",
    include: ["src/**/*.test.ts", "tools/**/*.test.mjs"],
    globalSetup: ["src/testing-setup.ts"],
    // The tests start servers and tools; a busy machine needs its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
