// What must hold before anything is installed or started. Only node: builtins.
import net from "node:net";

/** One clear sentence, no stack trace. */
export class Stop extends Error {}

/** @throws Stop when this Node.js is too old for the packages. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (!supported)
    throw new Stop(
      `Sallyport needs Node.js 20.19, 22.12, 24 or newer; this is ${version}. Install Node.js 24 from https://nodejs.org and try again.`,
    );
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * Looks at every port before anything is spawned: an orphan must not answer in a new process's name.
 * @param {Record<string, {port: number, variable: string}>} wanted
 * @throws Stop naming the part, the port and the variable that moves it.
 */
export async function requireFreePorts(wanted) {
  for (const [part, { port, variable }] of Object.entries(wanted)) {
    if (await isFree(port)) continue;
    throw new Stop(
      `Port ${port}, which the ${part} needs, is taken by another program. Stop that program, or choose another port: ${variable}=${port + 1000} npm start`,
    );
  }
}

/** Below the ports that systems give to outgoing connections: one of those can take a port between its choice and its use. */
const LOWEST = 15_000;
const HIGHEST = 30_000;

/** A port that nobody listens on at this moment, and that no connection is given by chance. */
export async function freePort() {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
}
