import { Server as NetServer } from "node:net";
import type { DataServer } from "./server/data-server.js";
import type { SecurePlane } from "./tls/secure-plane.js";

/** Answers carry `Connection: close` for so long before the listener goes, ms: clients with kept connections leave by themselves. */
const GOODBYE_MS = 1_000;
/** A connection that was accepted last may have its request on the way, ms. */
const LAST_WORD_MS = 200;
const LOOK_EVERY_MS = 25;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Lets the data plane run dry. First every answer asks its client to leave (over HTTP/2: GOAWAY), then no connection is taken any more,
 * then those are closed on which nothing happens, and what is still open at the end of the time is cut off.
 */
export async function drain({ app, server, upgrades }: DataServer, secure: SecurePlane | null, timeoutMs: number): Promise<void> {
  const began = performance.now();
  const goodbyeMs = Math.min(GOODBYE_MS, timeoutMs / 2);
  secure?.sayGoodbye();
  const open = async (): Promise<number> => (await openConnections(server)) + (secure?.openConnections ?? 0);
  while (performance.now() - began < goodbyeMs && (await open()) > 0) await pause(LOOK_EVERY_MS);
  // http.Server's own close would also end connections whose request is still on the way.
  const plain = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const empty = Promise.all([plain, secure?.close()]);
  const cut = setTimeout(
    () => {
      server.closeAllConnections();
      secure?.cut();
    },
    Math.max(0, timeoutMs - (performance.now() - began)),
  );
  await Promise.race([empty, pause(Math.min(LAST_WORD_MS, timeoutMs / 4))]);
  server.closeIdleConnections();
  secure?.finishSessions();
  // A WebSocket has no end of its own to wait for.
  upgrades.close();
  await empty;
  clearTimeout(cut);
  await app.close();
}

function openConnections(server: DataServer["server"]): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error === null ? count : 0));
  });
}
