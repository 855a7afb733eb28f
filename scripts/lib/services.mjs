// Child processes of a running stack: started, watched, restarted, and tied to this process.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Stop } from "./preflight.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Waits until `url` answers 2xx. @throws Stop after `timeoutMs`. */
export async function waitUntilHealthy(name, url, { timeoutMs = 60_000, alive = () => true } = {}) {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    if (!alive()) throw new Stop(`${name} stopped before it answered; see its log.`);
    if (await answers(url)) return;
    await pause(50);
  }
  throw new Stop(`${name} did not answer at ${url} within ${timeoutMs / 1000} s; see its log.`);
}

/**
 * @param {object} options
 * @param {string} options.name shown to people, and the name of the log file
 * @param {string} options.file script to run
 * @param {Record<string,string>} options.env on top of a small base: nothing else of this process's environment matters
 * @param {string} options.health answers 2xx when the part works
 * @param {string} options.logDir
 * @param {boolean} [options.watchesParent] the script itself ends when this process is gone
 * @param {boolean} [options.restart] start it again, with back-off, when it dies
 * @param {(line: string) => void} [options.onLine] sees each line of its output
 */
export function createService({ root, name, file, env, health, logDir, watchesParent = false, restart = false, onLine, log = console.log }) {
  let child = null;
  let stopping = false;
  let failures = 0;
  const preload = pathToFileURL(path.join(root, "scripts/lib/exit-with-parent.mjs")).href;

  function launch() {
    const out = createWriteStream(path.join(logDir, `${name.replaceAll(" ", "-")}.log`), { flags: "a" });
    child = spawn(process.execPath, [...(watchesParent ? [] : ["--import", preload]), file], {
      cwd: path.dirname(file),
      env: { ...process.env, NODE_ENV: "production", ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let rest = "";
    const take = (chunk) => {
      out.write(chunk);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const ended = (why) => {
      out.end();
      if (stopping || !restart) return;
      failures += 1;
      const wait = Math.min(250 * 2 ** failures, 10_000);
      log(`${name} stopped (${why}); it starts again in ${wait / 1000} s`);
      setTimeout(() => stopping || launch(), wait);
    };
    // One of the two: a process that never came to be has no exit.
    child.once("error", (error) => ended(error.message));
    child.once("exit", (code, signal) => ended(signal ?? code));
  }

  return {
    name,
    get pid() {
      return child?.pid;
    },
    async start() {
      launch();
      await waitUntilHealthy(name, health, { alive: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null });
    },
    /** SIGTERM, then SIGKILL after `graceMs`. */
    async stop(graceMs = 10_000) {
      stopping = true;
      if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(force);
    },
    kill(signal) {
      if (!restart) stopping = true;
      child?.kill(signal);
    },
  };
}
