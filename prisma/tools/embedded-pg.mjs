// Starts the PostgreSQL that ships in npm as a child process. Only node: builtins, so that it runs before anything is built.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { freePort } from "./ports.mjs";
import { postgresBinaries } from "./postgres-binaries.mjs";
import { ensureCluster } from "./postgres-cluster.mjs";
import { unprivileged } from "./unprivileged.mjs";

export { freePort, isPortTaken } from "./ports.mjs";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Starts PostgreSQL on loopback with its data below `dir`, or takes over the one that already runs there
 * (a postmaster outlives a parent that is killed with SIGKILL). Documented in embedded-pg.d.mts.
 */
export async function startPostgres({ dir, port: wanted = 0, settings = {}, log = () => {} }) {
  const [binaries, as] = await Promise.all([postgresBinaries(), unprivileged()]);
  const { data, password } = await ensureCluster({ dir, initdb: binaries.initdb, as });
  const orphan = await runningAt(data);
  if (orphan) {
    log(`using the PostgreSQL that already runs here (pid ${orphan.pid})`);
    return handle({ ...orphan, password, exited: null, stop: () => stopOrphan(data, orphan.pid) });
  }
  const port = wanted || (await freePort());
  const logFile = path.join(dir, "postgres.log");
  const child = spawnPostmaster({ postgres: binaries.postgres, as, data, port, settings, logFile });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await ready({ child, data, logFile });
  return handle({ pid: child.pid, port, password, exited, stop: () => stopChild(child, exited) });
}

/** Stops the server that runs on this folder, if any. Documented in embedded-pg.d.mts. */
export async function stopPostgres({ dir }) {
  const data = path.join(dir, "cluster", "data");
  const running = await runningAt(data);
  if (running) await stopOrphan(data, running.pid);
  return running !== null;
}

function handle({ pid, port, password, exited, stop }) {
  let stopping;
  return {
    pid,
    port,
    password,
    adopted: exited === null,
    exited,
    url: (database = "postgres") => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function spawnPostmaster({ postgres, as, data, port, settings, logFile }) {
  const options = { listen_addresses: "127.0.0.1", unix_socket_directories: "", timezone: "UTC", ...settings };
  const [command, args] = as.wrap(postgres, [
    "-D",
    data,
    "-p",
    String(port),
    ...Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  // A file and not a pipe: the server's messages must have somewhere to go after the parent is gone.
  const out = openSync(logFile, "w", 0o600);
  try {
    return spawn(command, args, {
      ...as.ids,
      stdio: ["ignore", out, out],
      env: { ...process.env, LC_ALL: "C" },
      // A process group of its own: Ctrl-C reaches the parent, which stops PostgreSQL in its turn.
      detached: process.platform !== "win32",
    });
  } finally {
    closeSync(out);
  }
}

/** Waits until the postmaster writes `ready` into its pid file, which is what pg_ctl waits for as well. */
async function ready({ child, data, logFile }) {
  let failure = null;
  child.once("error", (error) => {
    failure = error.message;
  });
  child.once("exit", (code, signal) => {
    failure ??= `it ended with ${code ?? signal}`;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && failure === null) {
    const file = await readPidFile(data);
    if (file?.ready && file.pid === child.pid) return;
    await sleep(10);
  }
  if (failure === null) child.kill("SIGQUIT");
  const tail = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").slice(-5).join("\n");
  throw new Error(`PostgreSQL did not start: ${failure ?? `not ready after ${START_TIMEOUT_MS / 1000} s`}${tail && `\n${tail}`}`);
}

/** The living postmaster of this data folder, once it is ready; null when there is none. */
async function runningAt(data) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const file = await readPidFile(data);
    if (!file || file.data !== data || !isAlive(file.pid)) return null;
    if (!(await isPostmaster(file.pid, data))) {
      // PostgreSQL would take whoever has the pid now for a server of its own, and refuse to start.
      await rm(path.join(data, "postmaster.pid"), { force: true });
      return null;
    }
    if (file.ready) return { pid: file.pid, port: file.port };
    await sleep(20);
  }
  return null;
}

/** postmaster.pid holds a line each for pid, data folder, start time, port, socket folder, address, shared memory and status. */
async function readPidFile(data) {
  const text = await readFile(path.join(data, "postmaster.pid"), "utf8").catch(() => null);
  if (text === null) return null;
  const [pid, folder, , port, , , , status] = text.split("\n");
  return { pid: Number(pid), data: folder, port: Number(port), ready: status?.trim() === "ready" };
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** After a power cut the pid of an old file may belong to another program. Where /proc tells, it is asked. */
async function isPostmaster(pid, data) {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  return commandLine === null || commandLine.split("\0").includes(data);
}

/** SIGINT is PostgreSQL's fast shutdown (sessions are ended, data is flushed), SIGQUIT its immediate one (recovery at the next start). */
async function stopChild(child, exited) {
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGQUIT"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

async function stopOrphan(data, pid) {
  // PostgreSQL removes its file as the last thing it does. The pid alone does not tell: where nobody collects orphans it stays as a zombie.
  const isRunning = async () => isAlive(pid) && (await readPidFile(data))?.pid === pid;
  for (const signal of ["SIGINT", "SIGQUIT"]) {
    if (!(await isRunning())) return;
    process.kill(pid, signal);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (Date.now() < deadline && (await isRunning())) await sleep(20);
  }
  if (await isRunning()) throw new Error(`PostgreSQL (pid ${pid}) does not stop`);
}
