import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSql } from "./connection.mjs";
import { isPortTaken, startPostgres, stopPostgres } from "./embedded-pg.mjs";

const MODULE = fileURLToPath(new URL("./embedded-pg.mjs", import.meta.url));
let dir;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "sallyport-pg-"));
});
afterEach(async () => {
  await stopPostgres({ dir });
  await rm(dir, { recursive: true, force: true });
});

/** A process that starts PostgreSQL, says so, and waits. */
async function startInChild() {
  const script = `import { startPostgres } from ${JSON.stringify(MODULE)};
    const server = await startPostgres({ dir: ${JSON.stringify(dir)} });
    console.log(JSON.stringify({ pid: server.pid, port: server.port }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [chunk] = await once(child.stdout, "data");
  return { child, ...JSON.parse(String(chunk)) };
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("startPostgres", () => {
  it("keeps the data over a restart, takes the port that was asked for, and listens on loopback only", async () => {
    const first = await startPostgres({ dir });
    await runSql(first.url(), "CREATE TABLE kept AS SELECT 1 AS value");
    const [{ addresses }] = await runSql(first.url(), "SELECT current_setting('listen_addresses') AS addresses");
    expect(addresses).toBe("127.0.0.1");
    await first.stop();
    expect(await isPortTaken(first.port)).toBe(false);
    const second = await startPostgres({ dir, port: first.port });
    expect(second).toMatchObject({ port: first.port, password: first.password, adopted: false });
    expect(await runSql(second.url(), "SELECT value FROM kept")).toEqual([{ value: 1 }]);
  });

  it("keeps the password in a file that only its owner reads, and lets nobody in without it", async () => {
    const server = await startPostgres({ dir });
    expect((await stat(path.join(dir, "cluster", "password"))).mode & 0o777).toBe(0o600);
    const wrong = new URL(server.url());
    wrong.password = "guess";
    await expect(runSql(wrong.href, "SELECT 1")).rejects.toThrow(/password authentication failed/);
  });

  it("survives the kill -9 of its parent and is taken over by the next start, which can stop it", async () => {
    const { child, pid, port } = await startInChild();
    child.kill("SIGKILL");
    await once(child, "exit");
    const lines = [];
    const adopted = await startPostgres({ dir, log: (line) => lines.push(line) });
    expect(adopted).toMatchObject({ adopted: true, pid, port, exited: null });
    expect(lines).toEqual([`using the PostgreSQL that already runs here (pid ${pid})`]);
    expect(await runSql(adopted.url(), "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
    await adopted.stop();
    expect(await stopPostgres({ dir }), "it is gone").toBe(false);
    expect(await isPortTaken(port)).toBe(false);
  });

  it("starts again after the server itself was killed", async () => {
    const first = await startPostgres({ dir });
    await runSql(first.url(), "CREATE TABLE kept AS SELECT 1 AS value");
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const second = await startPostgres({ dir });
    expect(await runSql(second.url(), "SELECT value FROM kept")).toEqual([{ value: 1 }]);
  });

  it("gives two that start at once the same server", async () => {
    const servers = await Promise.allSettled([startPostgres({ dir }), startPostgres({ dir })]);
    const started = servers.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(started.length).toBeGreaterThanOrEqual(1);
    for (const server of started) expect(await runSql(server.url(), "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
    const again = await startPostgres({ dir });
    expect(again.adopted).toBe(true);
    expect((await readdir(dir)).sort()).toEqual(["cluster", "postgres.log"]);
  });

  it("says why it does not start when the port is taken", async () => {
    const other = net.createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address();
    await expect(startPostgres({ dir, port })).rejects.toThrow(/PostgreSQL did not start.*[\s\S]*(in use|could not create any TCP)/i);
    other.close();
  });

  it("leaves a process alone that has the pid of a server of long ago, and starts all the same", async () => {
    const server = await startPostgres({ dir });
    const file = path.join(dir, "cluster", "data", "postmaster.pid");
    const text = await readFile(file, "utf8");
    await server.stop();
    const innocent = spawn("sleep", ["30"]);
    await writeFile(file, text.replace(/^\d+/, String(innocent.pid)));
    expect(await stopPostgres({ dir })).toBe(false);
    await writeFile(file, text.replace(/^\d+/, String(innocent.pid)));
    expect((await startPostgres({ dir })).adopted).toBe(false);
    expect(isAlive(innocent.pid)).toBe(true);
    innocent.kill();
  });
});
