import { constants } from "node:crypto";
import type { Server as HttpServer } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Http2Sessions } from "../http2/sessions.js";
import type { Certificates } from "./certificates.js";
import { PROTOCOL } from "./read-certificate.js";

/** For the whole handshake, ms. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface TlsListenerDeps {
  readonly certificates: Certificates;
  /** Serves connections that speak HTTP/1.1: the very server of the plain listener, with its limits and its timeouts. */
  readonly http1: HttpServer;
  readonly http2: Http2Sessions;
  /** Ask clients for a certificate. What it is worth is decided for each request, never here. */
  readonly requestClientCertificate: boolean;
}

/** The node's own TLS. */
export interface TlsListener {
  /** @returns the port. @throws what `listen` throws */
  listen(where: { readonly host: string; readonly port: number }): Promise<number>;
  readonly openConnections: number;
  /** Handshakes that came to nothing. */
  readonly failedHandshakes: number;
  /** Takes no connection any more; settles when the last one has ended. */
  close(): Promise<void>;
  /** Cuts off every connection. */
  cut(): void;
}

/**
 * Ends TLS and hands each connection on by what its handshake chose (ALPN, RFC 7301): HTTP/1.1 to the plain listener's server, HTTP/2
 * to its sessions. A server name that no certificate has is refused in the handshake, unless a default certificate was named.
 */
export function createTlsListener({ certificates, http1, http2, requestClientCertificate }: TlsListenerDeps): TlsListener {
  const sockets = new Set<Socket>();
  let failedHandshakes = 0;
  // A resumed session has the certificate and not what leads from it to its authority (RFC 8446 §4.6.1): where one is asked for, each
  // connection shows it anew. A second handshake on a connection could bring another certificate.
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION | (requestClientCertificate ? constants.SSL_OP_NO_TICKET : 0);
  const settings = { ...PROTOCOL, secureOptions, honorCipherOrder: true };
  const contextOf = ({ byDefault }: Pick<Certificates, "byDefault">) =>
    byDefault === null ? settings : { ...settings, cert: byDefault.chain, key: byDefault.key };
  const server = createServer({
    ...contextOf(certificates),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: requestClientCertificate,
    rejectUnauthorized: false,
    // No authority is named to the client, and none is trusted by the handshake.
    ca: [],
    noDelay: true,
    keepAlive: true,
    SNICallback: (name, done) => done(null, certificates.forName(name) ?? undefined),
  });
  certificates.onDefaultChanged((byDefault) => server.setSecureContext({ ...contextOf({ byDefault }), ca: [] }));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", (_error, socket) => {
    failedHandshakes += 1;
    socket.destroy();
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") http2.take(socket);
    else http1.emit("connection", socket);
  });

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          const address = server.address();
          resolve(typeof address === "object" && address !== null ? address.port : port);
        });
      }),
    get openConnections() {
      return sockets.size;
    },
    get failedHandshakes() {
      return failedHandshakes;
    },
    close: () => new Promise((resolve) => NetServer.prototype.close.call(server, () => resolve())),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
