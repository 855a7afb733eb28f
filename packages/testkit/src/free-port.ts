import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: one of those can take a port between its choice and its use. */
const LOWEST = 15_000;
const HIGHEST = 30_000;

/** A port of loopback that nobody listens on at this moment, and that no connection is given by chance. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer().once("error", () => resolve(false));
      probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
