import { defineConfig } from "vitest/config";

/**
 * Each workspace has its own settings; the whole suite is one run with one summary. Two things are the same in several:
 * what others have built is external, so that Node loads it as in production and nothing transforms it once more; and tests that wait
 * for servers and clocks more than they compute come after the others (group 1), three files at a time.
 */
export default defineConfig({
  test: {
    // Two files at a time, also where the default would be one.
    maxWorkers: 2,
    projects: ["packages/*", "apps/*", "prisma", "scripts", "bench"],
  },
});
