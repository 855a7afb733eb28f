import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSql } from "../tools/migrate.mjs";

const MODULE = fileURLToPath(new URL("./testing-server.ts", import.meta.url));

/** A temporary folder of this test's own: what other runs leave in the system's is not its business. */
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), "sallyport-runs-"));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

/** A test run that starts its server, says where, and does `then`. */
async function run(then: string, more: NodeJS.ProcessEnv = {}) {
  const script = `import { startTestServer } from ${JSON.stringify(MODULE)};
    const server = await startTestServer();
    console.log(server.url);
    ${then}`;
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TEST_DATABASE_URL: "", ...more };
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"], env });
  const exited = once(child, "exit");
  const [chunk] = await once(child.stdout, "data");
  return { child, exited, url: String(chunk).trim() };
}

const servers = async () => (await readdir(temporary)).filter((entry) => entry.startsWith("sallyport-test-"));

describe("the server of a test run", () => {
  it("is gone with its files when the run stops it, and when the run merely exits", async () => {
    for (const end of ["await server.stop();", "process.exit(0);"]) {
      const { exited, url } = await run(end);
      await exited;
      expect(await servers(), end).toEqual([]);
      await expect(runSql(url, "SELECT 1"), end).rejects.toThrow(/ECONNREFUSED/);
    }
  });

  it("of a run that was killed is removed by the next run, one that still runs is left alone", async () => {
    const killed = await run("");
    const [leftover] = await servers();
    killed.child.kill("SIGKILL");
    await killed.exited;
    expect(await runSql(killed.url, "SELECT 1 AS answer"), "PostgreSQL outlives the run").toEqual([{ answer: 1 }]);
    const living = await run("setTimeout(() => {}, 60_000);");
    expect(existsSync(path.join(temporary, leftover ?? ""))).toBe(false);
    await expect(runSql(killed.url, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
    const third = await run("await server.stop();");
    await third.exited;
    expect(await runSql(living.url, "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
    living.child.kill("SIGKILL");
    await living.exited;
    await (await run("await server.stop();")).exited;
    expect(await servers()).toEqual([]);
  });

  it("is the one that TEST_DATABASE_URL names, and then it is not stopped", async () => {
    const own = await run("setTimeout(() => {}, 60_000);");
    const guest = await run("await server.stop();", { TEST_DATABASE_URL: own.url });
    await guest.exited;
    expect(guest.url).toBe(own.url);
    expect(await runSql(own.url, "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
    own.child.kill("SIGKILL");
    await own.exited;
    await (await run("await server.stop();")).exited;
  });
});
