import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "schema",
  migrations: { path: "migrations" },
  // `generate` needs no database; the migration scripts hand in a scratch one.
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
