import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Programs of the system that tests run for real. */
export type SystemProgram = "nginx" | "caddy" | "haproxy" | "redis-server";

/** Program → the Debian package that brings it; npm test reads the same file. */
const packages = new Map<string, unknown>(Object.entries(JSON.parse(readFileSync(new URL("../system-programs.json", import.meta.url), "utf8"))));

/** Where Debian puts servers; an ordinary user's path often lacks it. */
const SERVER_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/** The program's file. @throws Error with the remedy when it is not there: what cannot run fails, it is never skipped. */
function findSystemProgram(name: SystemProgram): string {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), ...SERVER_FOLDERS];
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not installed; npm test installs it, or type: sudo apt-get install -y ${packages.get(name)}`);
  return found;
}

export interface RunningProgram {
  readonly pid: number;
  /** What it has written so far, for the message of a failing test. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Runs a program in the foreground until `stop`; it ends with this process at the latest. */
export function runSystemProgram(
  name: SystemProgram,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): RunningProgram {
  const child: ChildProcess = spawn(findSystemProgram(name), [...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      text += error.message;
      resolve();
    });
  });
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  return {
    pid: child.pid ?? 0,
    output: () => text,
    async stop(signal = "SIGTERM") {
      process.off("exit", end);
      child.kill(signal);
      const force = setTimeout(end, 5_000);
      await gone;
      clearTimeout(force);
    },
  };
}
