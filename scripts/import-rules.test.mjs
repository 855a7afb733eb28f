import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
let folder;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "import-rules-"));
  const config = JSON.parse(readFileSync(path.join(root, "biome.json"), "utf8"));
  // Outside a checkout there is no ignore file to honour.
  writeFileSync(path.join(folder, "biome.json"), JSON.stringify({ ...config, $schema: undefined, vcs: { enabled: false } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lint(workspace, code) {
  const file = path.join(folder, workspace, "src", "planted.ts");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, code);
  const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
  const { stdout, stderr } = spawnSync(process.execPath, [biome, "lint", "--error-on-warnings", file], { cwd: folder, encoding: "utf8" });
  rmSync(file);
  return stdout + stderr;
}

const FAULTS = [
  ["packages/snapshot", "node:crypto"],
  ["packages/snapshot", "@sallyport/pipeline"],
  ["packages/snapshot", "jose"],
  ["packages/pipeline", "node:crypto"],
  ["packages/pipeline", "undici"],
  ["packages/pipeline", "@sallyport/idp-client"],
  ["packages/pipeline-node", "node:http"],
  ["packages/pipeline-node", "fastify"],
  ["packages/state-store", "@sallyport/data"],
  ["packages/idp-client", "@sallyport/data"],
  ["packages/idp-client", "next/server"],
  ["packages/control-plane", "next"],
  ["packages/control-plane", "undici"],
  ["packages/control-plane", "node:https"],
  ["apps/gateway", "@sallyport/data"],
  ["apps/gateway", "@sallyport/control-plane"],
  ["apps/gateway", "@sallyport/testkit"],
  ["apps/console", "@sallyport/data"],
  ["apps/console", "@prisma/client"],
  ["apps/console", "@sallyport/gateway"],
  ["apps/cli", "@sallyport/control-plane"],
  ["apps/cli", "pg"],
];

describe("import rules", () => {
  it.each(FAULTS)("%s may not import %s", (workspace, name) => {
    expect(lint(workspace, `import * as planted from "${name}";\nexport const used = planted;\n`)).toContain("lint/style/noRestrictedImports");
  });

  it.each(["Date.now()", "fetch", "performance.now()", "setTimeout"])("the pipeline may not use %s", (code) => {
    expect(lint("packages/pipeline", `export const used = ${code};\n`)).toContain("lint/style/noRestrictedGlobals");
  });

  it("lets through what the table allows", () => {
    expect(lint("packages/pipeline", 'import * as allowed from "@sallyport/snapshot/protocol";\nexport const used = allowed;\n')).not.toContain(
      "noRestrictedImports",
    );
    expect(lint("apps/console", 'import * as allowed from "@sallyport/control-plane";\nexport const used = allowed;\n')).not.toContain(
      "noRestrictedImports",
    );
  });
});
