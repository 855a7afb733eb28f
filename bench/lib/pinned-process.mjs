import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Kernel ticks a second, as /proc counts CPU time (`getconf CLK_TCK`). */
const TICKS = 100;
const START_MS = 30_000;

/** Which CPU has which part: what is measured has one for itself. */
export const MEASURED_CPU = 0;
export const LOAD_CPU = 1;

/** Why processes cannot be pinned, or null when they are. */
export const unpinned = (() => {
  if (availableParallelism() < 2) return "this machine has a single CPU: load and gateway share it, ratios mean little";
  const tried = spawnSync("taskset", ["-c", String(LOAD_CPU), process.execPath, "-e", ""], { stdio: "ignore" });
  return tried.status === 0 ? null : "taskset is not there: processes are not pinned to CPUs, ratios are noisier";
})();

/** Puts a process, all its threads, on one CPU. @param {number} cpu @param {number} pid */
export function pinTo(cpu, pid) {
  if (unpinned === null) spawnSync("taskset", ["-a", "-c", "-p", String(cpu), String(pid)], { stdio: "ignore" });
}

/** Puts this process beside the load. */
export const pinSelf = () => pinTo(LOAD_CPU, process.pid);

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const running = new Set();

/**
 * Starts a Node program on one CPU. It ends with this process: its channel closes.
 * @param {{ cpu: number, args: string[], env?: Record<string, string>, stdout?: "pipe" | "ignore" }} options
 * @returns {ChildProcess}
 */
export function startPinned({ cpu, args, env = {}, stdout = "ignore" }) {
  const command = unpinned === null ? ["taskset", "-c", String(cpu), process.execPath] : [process.execPath];
  const child = spawn(command[0] ?? process.execPath, [...command.slice(1), ...args], {
    env: { PATH: process.env.PATH ?? "", NODE_ENV: "production", ...env },
    stdio: ["ignore", stdout, "inherit", "ipc"],
    serialization: "advanced",
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/**
 * The next message of a child.
 * @param {ChildProcess} child
 * @param {number} timeoutMs
 * @throws when the child ends, or says nothing in time
 */
export async function messageOf(child, timeoutMs = START_MS) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), timeoutMs);
  const ended = once(child, "exit", { signal: waiting.signal }).then(([code, signal]) => {
    throw new Error(`a process of the benchmark ended early (${code ?? signal})`);
  });
  try {
    const [message] = await Promise.race([once(child, "message", { signal: waiting.signal }), ended]);
    return message;
  } finally {
    clearTimeout(timer);
    waiting.abort();
    ended.catch(() => undefined);
  }
}

/**
 * Ends one child by its id and waits for it.
 * @param {ChildProcess} child
 */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

export const stopAll = () => Promise.all([...running].map(stop));

/**
 * CPU time of a process and all its threads so far, s; NaN where there is no /proc.
 * @param {number | undefined} pid
 */
export function cpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in brackets, and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return Number.NaN;
  }
}

/** Time of all CPUs of the machine so far, s: busy, and taken away by the host of a virtual machine. NaN where there is no /proc. */
export function machineSeconds() {
  try {
    const [, user, nice, system, , , irq, softirq, stolen] = (readFileSync("/proc/stat", "latin1").split("\n")[0] ?? "").split(/\s+/);
    const busy = Number(user) + Number(nice) + Number(system) + Number(irq) + Number(softirq);
    return { busy: busy / TICKS, stolen: Number(stolen) / TICKS };
  } catch {
    return { busy: Number.NaN, stolen: Number.NaN };
  }
}
