import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "./gateway.js";

/** As it is shipped: one file. */
export const PROGRAM = fileURLToPath(new URL("../../dist/sallyport-gateway.mjs", import.meta.url));

/** On a machine that is busy with other things, merely loading the program can take long, ms. */
const STARTING_MS = 45_000;

/** The gateway as its operators start it: a process of its own on free loopback ports. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Everything that it has printed. */
  readonly output: string;
  portOf(name: "dataPort" | "adminPort"): Promise<number>;
  /** Ends it, unless it has ended by itself. */
  kill(): Promise<void>;
}

/**
 * @param env beside what keeps it on loopback; nothing of this process's own but PATH
 * @param options.ipc with a channel to this process
 * @param options.program another copy
 */
export function startProcess(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  { ipc = false, program = PROGRAM }: { readonly ipc?: boolean; readonly program?: string } = {},
): GatewayProcess {
  const child = spawn(process.execPath, [program], {
    env: {
      ...{ PATH: process.env.PATH ?? "", SALLYPORT_DATA_DIR: dataDir, SALLYPORT_DRAIN_TIMEOUT_MS: "500" },
      ...{ SALLYPORT_HOST: "127.0.0.1", SALLYPORT_PORT: "0", SALLYPORT_ADMIN_HOST: "127.0.0.1", SALLYPORT_ADMIN_PORT: "0" },
      ...env,
    },
    stdio: ipc ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const { stdout, stderr } = child as ChildProcessWithoutNullStreams;
  for (const stream of [stdout, stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    get output() {
      return output;
    },
    portOf: async (name) => Number((await eventually(name, () => new RegExp(`"${name}":(\\d+)`).exec(output), STARTING_MS))[1]),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
