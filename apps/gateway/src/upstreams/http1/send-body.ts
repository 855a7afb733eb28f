import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { UpstreamError } from "./upstream-error.js";

export interface BodyOutcome {
  /** All of it is with the system. */
  onSent(): void;
  onFailed(error: Error): void;
}

/**
 * Streams a request's body behind its head, and waits where the upstream is slow.
 * @param bodyLength bytes that it must have; null to send it in chunks (RFC 9112 §7.1)
 * @returns stops, and lets go of the socket
 */
export function sendBody(socket: Socket, body: Readable, bodyLength: number | null, { onSent, onFailed }: BodyOutcome): () => void {
  let left = bodyLength ?? Number.POSITIVE_INFINITY;
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) {
      fail(new UpstreamError("UPSTREAM_REQUEST_INVALID", "the body is longer than its Content-Length"));
      return;
    }
    if (bodyLength === null) {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
      socket.write(chunk);
      socket.write("\r\n", "latin1");
      socket.uncork();
    } else socket.write(chunk);
    if (socket.writableNeedDrain) body.pause();
  };
  const onDrain = (): void => void body.resume();
  const onEnd = (): void => {
    if (bodyLength !== null && left !== 0) {
      fail(new UpstreamError("UPSTREAM_REQUEST_INVALID", "the body is shorter than its Content-Length"));
      return;
    }
    if (bodyLength === null) socket.write("0\r\n\r\n", "latin1");
    stop();
    onSent();
  };
  const fail = (error: Error): void => {
    stop();
    onFailed(error);
  };
  const onClose = (): void => fail(new UpstreamError("UPSTREAM_ABORTED", "the request's body was broken off"));
  const stop = (): void => {
    body.off("data", onData).off("end", onEnd).off("error", fail).off("close", onClose);
    socket.off("drain", onDrain);
  };
  socket.on("drain", onDrain);
  body.on("end", onEnd).on("error", fail).on("close", onClose).on("data", onData);
  return stop;
}
