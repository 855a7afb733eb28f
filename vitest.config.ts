import { defineConfig } from "vitest/config";

/**
 * Each workspace has its own settings; the whole suite is one run with one summary. Three things are the same in several:
 * what others have built is external, so that Node loads it as in production and nothing transforms it once more; tests that wait for servers
 * and clocks more than they compute come after the others (group 1), three files at a time; and files whose modules and processes keep
 * nothing that another file could see share what is loaded (isolate: false), for loading it anew takes longer than most files run.
 */
export default defineConfig({
  test: {
    // Two files at a time, also where the default would be one.
    maxWorkers: 2,
    projects: ["packages/*", "apps/*", "prisma", "scripts", "bench"],
  },
});
