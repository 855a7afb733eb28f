import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createTestDatabase } from "../src/testing.ts";
import { runPrisma } from "./prisma-cli.mjs";

const SCHEMA = fileURLToPath(new URL("../schema", import.meta.url));

/** Exit code of the comparison: 0 no difference, 2 difference. */
async function compare(schema) {
  const database = await createTestDatabase();
  try {
    const args = ["migrate", "diff", "--from-migrations", "migrations", "--to-schema", schema, "--exit-code"];
    return await runPrisma(args, { DATABASE_URL: database.ownerUrl }, { quiet: true });
  } finally {
    await database.drop();
  }
}

describe("the drift check", () => {
  it("finds that the migrations lead exactly to the schema", async () => {
    expect(await compare(SCHEMA)).toBe(0);
  });

  it("finds a column that no migration makes", async () => {
    const dir = await mkdtemp(path.join(tmpdir(), "sallyport-drift-"));
    try {
      await cp(SCHEMA, dir, { recursive: true });
      await writeFile(path.join(dir, "planted.prisma"), "model Planted {\n  id Int @id\n}\n");
      expect(await compare(dir)).toBe(2);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
