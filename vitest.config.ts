import { defineConfig } from "vitest/config";

/** Each workspace has its own settings; the whole suite is one run with one summary. */
export default defineConfig({
  test: {
    // Most tests wait for servers and clocks: two files at a time, also where the default would be one.
    maxWorkers: 2,
    projects: ["packages/*", "apps/*", "prisma", "scripts", "bench"],
  },
});
