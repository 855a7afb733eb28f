import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { server: { deps: { external: [/\/dist\//] } }, isolate: false, include: ["src/**/*.test.ts"], testTimeout: 30_000 },
});
