import { connect, type Socket } from "node:net";
import { eventually } from "./gateway.js";

const HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** A client's side of something that stays open: everything that came, and whether it has ended. */
export interface OpenConnection {
  readonly socket: Socket;
  /** As latin1 text. */
  readonly text: string;
  readonly ended: boolean;
}

interface Opened {
  readonly port: number;
  readonly path: string;
  /** Whole lines, each with its end. */
  readonly fields: string;
}

function open(port: number, head: string): OpenConnection {
  const socket = connect(port, "127.0.0.1");
  const connection = { socket, text: "", ended: false };
  socket.setEncoding("latin1").on("error", () => undefined);
  socket.on("data", (chunk) => {
    connection.text += chunk;
  });
  const over = (): void => {
    connection.ended = true;
  };
  socket.on("end", over).on("close", over);
  socket.write(`${head}\r\n`);
  return connection;
}

/** An open WebSocket. @throws Error when the handshake is refused */
export async function openWebSocket({ port, path, fields }: Opened): Promise<OpenConnection> {
  const connection = open(port, `GET ${path} HTTP/1.1\r\n${HANDSHAKE}${fields}`);
  await eventually("the handshake's answer", () => connection.text.includes("\r\n\r\n"));
  if (!connection.text.startsWith("HTTP/1.1 101 ")) throw new Error(connection.text);
  return connection;
}

/** An event stream of which the first event has come; the upstream sends another each 20 ms. */
export async function openEvents({ port, path, fields }: Opened): Promise<OpenConnection> {
  const connection = open(port, `GET ${path}/sse?count=10000&ms=20 HTTP/1.1\r\n${fields}`);
  await eventually("the first event", () => connection.text.includes("tick 1"));
  return connection;
}

/** Code and reason of the Close frame that came last (RFC 6455 §5.5.1); null when none did. */
export function closeOf({ text }: OpenConnection): { readonly code: number; readonly reason: string } | null {
  const bytes = Buffer.from(text, "latin1");
  const at = bytes.lastIndexOf(0x88);
  if (at < 0 || bytes.length < at + 4 || bytes.length !== at + 2 + (bytes[at + 1] ?? 0)) return null;
  return { code: bytes.readUInt16BE(at + 2), reason: bytes.subarray(at + 4).toString("latin1") };
}
