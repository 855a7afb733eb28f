import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";

/**
 * On SIGTERM and SIGINT the framework stops listening and waits until every connection is closed. Two things would keep it
 * waiting: polls that wait for something new, which `drain` ends, and connections that clients keep alive and use again and
 * again, which are closed here as soon as they have their answer.
 */
export function endWhenTold(drain: () => void): void {
  let ending = false;
  subscribe("http.server.response.finish", (message) => {
    const { server } = message as { server: Server };
    // A turn later: the connection counts as idle only when its answer is done with.
    if (ending) setImmediate(() => server.closeIdleConnections());
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      ending = true;
      drain();
    });
}
