import { PortTakenError, type RunningServer } from "./listen.js";

/** What a demo process serves; its URL is the issuer, or the upstream's origin. */
type Servable = Pick<RunningServer, "close"> & { readonly url: string };

/** Reads a whole number from the environment. @throws Error with a sentence for the person who started it */
export function portFrom(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${name} must be a port, 0–65535, not "${text}".`);
  return port;
}

/**
 * Runs a server as a process of its own: prints `ready <url>` when it listens, ends cleanly on SIGTERM, SIGINT, or when the
 * parent that holds its IPC channel is gone; says in one sentence why it cannot start.
 */
export async function runDemoProcess(start: () => Promise<Servable>): Promise<void> {
  let serving: Servable;
  try {
    serving = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof PortTakenError || error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    if (process.connected) process.disconnect();
    return;
  }
  const end = () => {
    void serving.close().then(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (process.send !== undefined) process.once("disconnect", end);
  process.stdout.write(`ready ${serving.url}\n`);
  // The callback takes the error of a parent that has let go in this very moment.
  if (process.connected) process.send?.({ ready: serving.url }, () => undefined);
}
