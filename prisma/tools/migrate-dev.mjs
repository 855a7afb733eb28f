// npm run migrate:dev -- <name>: writes the migration that leads from migrations/ to schema/. Hand-written SQL is added to it afterwards.

import { migrate } from "./migrate.mjs";
import { runPrisma } from "./prisma-cli.mjs";
import { withScratchDatabase } from "./scratch-database.mjs";

const name = process.argv[2];
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error("Name the migration in snake_case: npm run migrate:dev -w prisma -- add_something");
  process.exit(2);
}
process.exitCode = await withScratchDatabase(async (url) => {
  await migrate({ url, log: console.error });
  return runPrisma(["migrate", "dev", "--create-only", "--name", name], { DATABASE_URL: url });
});
