import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A client of HTTP/2 on one connection to a node's own TLS. */
export function connectHttp2(port: number, options: { ca: string; servername: string; cert?: string; key?: string }): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`https://127.0.0.1:${port}`, { maxSessionMemory: 100, ...options });
    session.once("connect", () => resolve(session));
    session.once("error", reject);
    session.on("error", () => undefined);
  });
}

/** One request and its whole answer. @throws when the stream is reset */
export function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string | Uint8Array): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":authority": "api.example.test", ...headers }, { endStream: body === undefined });
    let seen: IncomingHttpHeaders = {};
    let text = "";
    stream.on("response", (answer) => {
      seen = answer;
    });
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    stream.on("end", () => resolve({ status: Number(seen[":status"]), headers: seen, body: text }));
    stream.on("error", reject);
    if (body !== undefined) stream.end(body);
  });
}
