import type { Socket } from "node:net";
import type { ConnectionMemo, PresentedCertificates } from "@sallyport/pipeline";
import { peerCertificates } from "../tls/peer-certificates.js";

/** A request that has been taken on and is not answered to its end. */
export interface ActiveExchange {
  /** Its own bytes have all arrived: what comes after does not touch it. */
  readonly received: boolean;
  /** The client's bytes stopped making sense in mid-body: answer if that is still possible, and let the connection go. */
  breakOff(): void;
  /** The client has gone. */
  abandon(): void;
}

/** What is remembered of one client connection, from its first request to its end. */
export interface Connection {
  /** The pipeline's: the credential that was last verified here. */
  readonly memo: ConnectionMemo;
  /** The peer's; empty once it is gone. Asked for once: each time is a call to the system. */
  readonly remoteAddress: string;
  /** What the client showed in the TLS handshake. */
  readonly certificates: PresentedCertificates | null;
  /** In the order of their requests: a client may send the next before it has the last answer. */
  readonly exchanges: ActiveExchange[];
  /** Called once when the last exchange is over. */
  whenIdle: (() => void) | null;
}

const connections = new WeakMap<Socket, Connection>();

export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known !== undefined) return known;
  const connection: Connection = {
    remoteAddress: socket.remoteAddress ?? "",
    memo: { authorization: "", verified: undefined },
    certificates: peerCertificates(socket),
    exchanges: [],
    whenIdle: null,
  };
  connections.set(socket, connection);
  // node:http tells only the response whose turn it is that its connection has closed, not those that queue behind it.
  socket.once("close", () => {
    for (const exchange of [...connection.exchanges]) exchange.abandon();
  });
  return connection;
}

/** The exchange has been answered, or abandoned. */
export function leave(connection: Connection, exchange: ActiveExchange): void {
  const index = connection.exchanges.indexOf(exchange);
  if (index >= 0) connection.exchanges.splice(index, 1);
  if (connection.exchanges.length > 0) return;
  connection.whenIdle?.();
  connection.whenIdle = null;
}
