import { connect } from "node:net";

/** An answer as it stood on the wire. */
export interface RawResponse {
  /** Status of the first answer; null when nothing that looks like one came. */
  readonly status: number | null;
  /** Field names in lower case; values of repeated fields in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** What followed the first head, chunked framing left in, latin1. */
  readonly body: string;
  /** Everything, latin1. */
  readonly text: string;
  /** The server ended the connection before we did. */
  readonly closed: boolean;
}

/** What is sent, in order. Strings are latin1. */
export interface RawRequestOptions {
  readonly host?: string;
  readonly port: number;
  readonly bytes: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Give up waiting after this long, ms. */
  readonly timeoutMs?: number;
  /** Stop once this holds for all that was received; by default the first complete answer. */
  readonly until?: (text: string) => boolean;
}

function parseHead(text: string) {
  const end = text.indexOf("\r\n\r\n");
  const lines = (end < 0 ? text : text.slice(0, end)).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(lines[0] ?? "")?.[1];
  const headers = new Map<string, string[]>();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { complete: end >= 0, status: status === undefined ? null : Number(status), headers, body: end < 0 ? "" : text.slice(end + 4) };
}

function isWholeAnswer(text: string): boolean {
  const head = parseHead(text);
  if (!head.complete || head.status === null || head.status < 200) return false;
  const length = head.headers.get("content-length")?.[0];
  if (length !== undefined) return head.body.length >= Number(length);
  if (head.headers.get("transfer-encoding")?.[0]?.toLowerCase() === "chunked") return head.body.endsWith("0\r\n\r\n");
  return head.status === 204 || head.status === 304;
}

/**
 * Sends bytes over a socket and gives back what the server said: for requests that no HTTP client would send.
 * Never rejects: a refused or reset connection is an answer with status null.
 */
export function rawRequest(options: RawRequestOptions): Promise<RawResponse> {
  const parts = typeof options.bytes === "string" || options.bytes instanceof Uint8Array ? [options.bytes] : options.bytes;
  const isDone = options.until ?? isWholeAnswer;
  return new Promise((resolve) => {
    let text = "";
    let settled = false;
    const socket = connect(options.port, options.host ?? "127.0.0.1", () => {
      for (const part of parts) socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part);
    });
    const finish = (closed: boolean) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      const { status, headers, body } = parseHead(text);
      resolve({ status, headers, body, text, closed });
    };
    const timer = setTimeout(() => finish(false), options.timeoutMs ?? 3_000);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isDone(text)) finish(false);
    });
    socket.on("error", () => finish(true));
    socket.on("close", () => finish(true));
    socket.on("end", () => finish(true));
  });
}
