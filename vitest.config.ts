import { defineConfig } from "vitest/config";

/** Each workspace has its own settings; the whole suite is one run with one summary. */
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "prisma", "scripts"],
  },
});
