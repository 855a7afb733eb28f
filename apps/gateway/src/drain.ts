import type { DataServer } from "./server/data-server.js";

/** Answers carry `Connection: close` for so long before the listener goes, ms: clients with kept connections leave by themselves. */
const GOODBYE_MS = 1_000;
const LOOK_EVERY_MS = 25;

/**
 * Lets the data plane run dry. First every answer asks its client to leave, then nothing new is taken, then what is still
 * open at the end of the time is cut off.
 */
export async function drain({ app, server, upgrades }: DataServer, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const goodbye = performance.now() + Math.min(GOODBYE_MS, timeoutMs / 2);
  while (performance.now() < goodbye && (await openConnections(server)) > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  const cut = setTimeout(
    () => {
      upgrades.close();
      server.closeAllConnections();
    },
    Math.max(0, deadline - performance.now()),
  );
  // A WebSocket has no end of its own to wait for.
  upgrades.close();
  await app.close();
  clearTimeout(cut);
}

function openConnections(server: DataServer["server"]): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error === null ? count : 0));
  });
}
