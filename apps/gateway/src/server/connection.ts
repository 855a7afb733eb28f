import type { Socket } from "node:net";
import type { ConnectionMemo } from "@sallyport/pipeline";

/** What is remembered of one client connection, from its first request to its end. */
export interface Connection {
  /** The pipeline's: the credential that was last verified here. */
  readonly memo: ConnectionMemo;
  /** The exchange in progress; requests on one connection take turns. */
  active: ActiveExchange | null;
}

/** A request that has been taken on and is not answered to its end. */
export interface ActiveExchange {
  /** The client's bytes stopped making sense in mid-body: answer if that is still possible, and let the connection go. */
  breakOff(): void;
  /** Its own bytes have all arrived: what comes after does not touch it. */
  readonly received: boolean;
  /** Calls back once it has been answered. */
  whenOver(callback: () => void): void;
}

const connections = new WeakMap<object, Connection>();

export function connectionOf(socket: Socket): Connection {
  let connection = connections.get(socket);
  if (connection === undefined) {
    connection = { memo: { authorization: "", verified: undefined }, active: null };
    connections.set(socket, connection);
  }
  return connection;
}
