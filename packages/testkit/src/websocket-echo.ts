import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** Takes one masked frame (RFC 6455 §5.2) off the front; null until it is whole. Payloads up to 64 KiB. */
function takeFrame(buffer: Buffer): { first: number; payload: Buffer; size: number } | null {
  if (buffer.length < 2) return null;
  const first = buffer.readUInt8(0);
  let length = buffer.readUInt8(1) & 0x7f;
  let offset = 2;
  if (length === 126) {
    if (buffer.length < 4) return null;
    length = buffer.readUInt16BE(2);
    offset = 4;
  } else if (length === 127) throw new RangeError("this echo takes frames up to 64 KiB");
  if (buffer.length < offset + 4 + length) return null;
  const mask = buffer.subarray(offset, offset + 4);
  const payload = Buffer.from(buffer.subarray(offset + 4, offset + 4 + length));
  for (let i = 0; i < payload.length; i += 1) payload[i] = payload.readUInt8(i) ^ mask.readUInt8(i % 4);
  return { first, payload, size: offset + 4 + length };
}

function frame(first: number, payload: Buffer): Buffer {
  const head = payload.length < 126 ? Buffer.from([first, payload.length]) : Buffer.from([first, 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, payload]);
}

/** Answers a WebSocket handshake (RFC 6455 §4.2.2) and sends every message back. */
export function acceptWebSocketEcho(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined || request.headers.upgrade?.toLowerCase() !== "websocket") {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  let pending = Buffer.alloc(0);
  const receive = (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    try {
      for (let found = takeFrame(pending); found !== null; found = takeFrame(pending)) {
        pending = pending.subarray(found.size);
        const opcode = found.first & 0x0f;
        if (opcode === CLOSE) {
          socket.end(frame(found.first, found.payload));
          return;
        }
        if (opcode !== PONG) socket.write(frame(opcode === PING ? 0x80 | PONG : found.first, found.payload));
      }
    } catch {
      socket.destroy();
    }
  };
  socket.on("data", receive);
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  if (head.length > 0) receive(head);
}
