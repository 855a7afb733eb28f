// npm run generate: the Prisma client from schema/, without network or database.
import { runPrisma } from "./prisma-cli.mjs";

process.exitCode = await runPrisma(["generate", "--no-hints"]);
