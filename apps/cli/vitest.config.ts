import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests run the program as a process; a busy machine starts those slowly.
  test: { server: { deps: { external: [/\/dist\//] } }, include: ["src/**/*.test.ts"], testTimeout: 30_000 },
});
