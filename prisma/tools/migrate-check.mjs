// npm run migrate:check: exit code 0 when the migrations lead exactly to the schema, 2 when they do not.
import { runPrisma } from "./prisma-cli.mjs";
import { withScratchDatabase } from "./scratch-database.mjs";

process.exitCode = await withScratchDatabase((url) =>
  runPrisma(["migrate", "diff", "--from-migrations", "migrations", "--to-schema", "schema", "--exit-code"], { DATABASE_URL: url }),
);
