import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ConnectProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** What it was asked to connect to, `address:port`, in order. */
  readonly asked: readonly string[];
  /** Requests that were no CONNECT. */
  readonly others: number;
  close(): Promise<void>;
}

/**
 * An HTTP proxy that only tunnels (RFC 9110 §9.3.6). It leads addresses of the wide world to ports of this machine, and knows no others.
 * @param options.routes `address:port` → a port on loopback
 * @param options.authorization what `Proxy-Authorization` must be; anything else is 407
 */
export async function startConnectProxy(options: {
  routes: Readonly<Record<string, number>>;
  authorization?: string;
  port?: number;
}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const seen = { others: 0 };
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
  };
  const server = createServer((_request, response) => {
    seen.others += 1;
    response.writeHead(405).end();
  });
  server.on("connection", keep);
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    const authority = request.url ?? "";
    asked.push(authority);
    if (options.authorization !== undefined && request.headers["proxy-authorization"] !== options.authorization) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\nConnection: close\r\n\r\n");
      return;
    }
    const port = Object.hasOwn(options.routes, authority) ? options.routes[authority] : undefined;
    if (port === undefined) {
      client.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n");
      return;
    }
    const far = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(far).pipe(client);
    });
    keep(far);
    far.once("close", () => client.destroy());
    client.once("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    get others() {
      return seen.others;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
