import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { DenyCode } from "@sallyport/pipeline";
import { connectionOf } from "./connection.js";
import { refusalOnTheWire } from "./refusal.js";

/** What node:http says of bytes that it cannot read. */
export interface ClientError extends Error {
  readonly code?: string | undefined;
  /** The bytes in which it stopped, a Buffer. */
  readonly rawPacket?: unknown;
}

/** node:http's own limit for the whole head; longer request lines than half of it are called by their name. */
const LONG_TARGET_BYTES = 8_192;
const ignore = (): void => undefined;

/** The refusal for bytes that never became a request: SECURITY §1.9 at the level below the pipeline. */
function codeOfClientError({ code, rawPacket }: ClientError): DenyCode {
  if (code !== "HPE_HEADER_OVERFLOW") return "bad_request";
  if (!Buffer.isBuffer(rawPacket)) return "header_fields_too_large";
  const lineEnd = rawPacket.indexOf(0x0d);
  const line = lineEnd < 0 ? rawPacket.length : lineEnd;
  const beginsWithMethod = /^[A-Z]{3,20} [/h*]/.test(rawPacket.toString("latin1", 0, 24));
  return beginsWithMethod && line > LONG_TARGET_BYTES ? "target_too_long" : "header_fields_too_large";
}

/** Answers on the socket itself, unless an earlier request on it is still being answered; ends the connection either way. */
export function refuseUnreadable(error: ClientError, socket: Socket, observe: (code: DenyCode, requestId: string) => void): void {
  const connection = connectionOf(socket);
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.on("error", ignore);
  const requestId = randomUUID();
  const code = codeOfClientError(error);
  observe(code, requestId);
  const broken = connection.exchanges.find((exchange) => !exchange.received);
  const end = (): void => void socket.end(refusalOnTheWire(code, { requestId }));
  // A connection that never said anything has asked nothing.
  if (socket.bytesRead === 0) socket.destroy();
  // The broken request is answered in its own place, and whole ones before that have theirs.
  else if (broken !== undefined) broken.breakOff();
  else if (connection.exchanges.length > 0) connection.whenIdle = end;
  else end();
}
