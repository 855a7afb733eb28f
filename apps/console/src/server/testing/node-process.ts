import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Transcript } from "./transcript";

const GATEWAY = fileURLToPath(new URL("../../../../gateway/dist/sallyport-gateway.mjs", import.meta.url));

export interface NodeProcess {
  /** Where it takes requests, on loopback. */
  readonly port: number;
  /** As by `kill -9`. */
  stop(): Promise<void>;
}

/** The gateway as it is shipped, in a process of its own; it logs everything, to the transcript. Resolves once it listens. */
export async function startNodeProcess(options: {
  readonly controlPlane: string;
  readonly dataDir: string;
  /** For a first start; later ones go on from the data folder. */
  readonly joinToken?: string;
  /** Where sessions are kept. */
  readonly stateUrl?: string;
  readonly transcript: Transcript;
}): Promise<NodeProcess> {
  const { controlPlane, dataDir, joinToken, stateUrl, transcript } = options;
  const child = spawn(process.execPath, [GATEWAY], {
    env: {
      NODE_ENV: "test",
      SALLYPORT_CONTROL_PLANE: controlPlane,
      ...(joinToken && { SALLYPORT_JOIN_TOKEN: joinToken, SALLYPORT_NODE_NAME: path.basename(dataDir).toLowerCase() }),
      SALLYPORT_DATA_DIR: dataDir,
      ...(stateUrl && { SALLYPORT_STATE_URL: stateUrl }),
      SALLYPORT_HOST: "127.0.0.1",
      SALLYPORT_PORT: "0",
      SALLYPORT_ADMIN_HOST: "127.0.0.1",
      SALLYPORT_ADMIN_PORT: "0",
      LOG_LEVEL: "trace",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let lines = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      transcript.add(chunk.toString());
      lines += chunk.toString();
    });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  try {
    await transcript.until("the node listens", () => /"dataPort":\d+/.test(lines));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: Number(/"dataPort":(\d+)/.exec(lines)?.[1]), stop };
}

/** Names and bytes of every file that a node keeps, and what of it is sealed, opened with the node's own storage key. */
export async function filesOf(dataDir: string): Promise<string> {
  const opener = new URL("../../../../gateway/dist/testing/kept-on-disk.js", import.meta.url).href;
  const { keptText } = (await import(/* @vite-ignore */ opener)) as { keptText(folder: string, generation: string): Promise<string> };
  let text = (await Promise.all(["last-good", "previous"].map((generation) => keptText(dataDir, generation)))).join("\n");
  for (const name of await readdir(dataDir, { recursive: true })) {
    const file = path.join(dataDir, name);
    if ((await stat(file)).isFile()) text += `${name}\n${await readFile(file, "latin1")}\n`;
  }
  return text;
}
