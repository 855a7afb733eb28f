import { defineConfig } from "vitest/config";

export default defineConfig({ test: { server: { deps: { external: [/\/dist\//] } }, include: ["src/**/*.test.ts"], testTimeout: 30_000 } });
