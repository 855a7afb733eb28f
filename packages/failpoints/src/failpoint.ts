import { writeSync } from "node:fs";
import type { FailpointName } from "./failpoints.js";

/** A failpoint that is to act, once. */
export interface Armed {
  readonly name: FailpointName;
  /** `kill` ends the process as `kill -9` does; `stop` halts it until SIGCONT, so that something else can be ended meanwhile. */
  readonly action: "kill" | "stop";
  /** At which time of reaching it, from 1. */
  readonly at: number;
}

let armed: Armed | null = null;
let reached = 0;

/** Arms one failpoint of this process, or none; whatever was armed before is not any more. */
export function arm(next: Armed | null): void {
  armed = next;
  reached = 0;
}

/** A place where the process ends or halts when it was told to, within this very call; else nothing happens. */
export function failpoint(name: FailpointName): void {
  if (armed !== null && armed.name === name) reach(armed);
}

function reach({ name, action, at }: Armed): void {
  reached += 1;
  if (reached < at) return;
  armed = null;
  // Written at once, not queued: nothing runs after it.
  writeSync(2, `failpoint ${name} reached: ${action}\n`);
  process.kill(process.pid, action === "kill" ? "SIGKILL" : "SIGSTOP");
}
