import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      // Its only content is an error outside of a server bundle.
      "server-only": fileURLToPath(new URL("../../node_modules/server-only/empty.js", import.meta.url)),
    },
  },
  test: {
    server: { deps: { external: [/\/dist\//] } },
    include: ["src/**/*.test.ts"],
    globalSetup: ["@sallyport/data/testing-setup"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
