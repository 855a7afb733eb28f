import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TestCertificate } from "./certificate-authority.js";

/** A server that listens on loopback until it is closed. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** The port is in use by somebody else. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
  readonly port: number;
  constructor(port: number) {
    super(`Port ${port} is taken: stop what listens there, or choose another port.`);
    this.port = port;
  }
}

/**
 * Listens on loopback.
 * @param port 0 for a free one
 * @throws PortTakenError
 */
export async function listen(listener: RequestListener, port = 0, host = "127.0.0.1"): Promise<RunningServer> {
  return bind(createServer({ keepAliveTimeout: 60_000 }, listener), port, { scheme: "http", host });
}

/** The same with TLS, on `https://localhost:<port>`: a free port of loopback. */
export function listenWithTls(listener: RequestListener, certificate: TestCertificate): Promise<RunningServer> {
  return bind(createTlsServer({ keepAliveTimeout: 60_000, ...certificate }, listener), 0, { scheme: "https", host: "127.0.0.1", name: "localhost" });
}

async function bind(server: Server, port: number, where: { scheme: string; host: string; name?: string }): Promise<RunningServer> {
  const { scheme, host, name = host } = where;
  // Upgraded sockets are no longer the server's to close.
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(error.code === "EADDRINUSE" ? new PortTakenError(port) : error));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${scheme}://${name.includes(":") ? `[${name}]` : name}:${bound}`,
    port: bound,
    server,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
