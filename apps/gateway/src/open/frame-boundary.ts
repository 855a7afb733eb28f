const CLOSE = 0x8;
const MASKED = 0x80;

/** Bytes of a frame's head, as far as these tell (RFC 6455 §5.2). */
function headLength(head: readonly number[]): number {
  const [, second] = head;
  if (second === undefined) return 2;
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & MASKED ? 4 : 0);
}

function payloadLength(head: readonly number[]): number {
  const short = (head[1] ?? 0) & 0x7f;
  const extended = short === 126 ? head.slice(2, 4) : short === 127 ? head.slice(2, 10) : null;
  return extended === null ? short : extended.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** Follows one direction of a WebSocket, to know when a frame of one's own may be put between those of others. */
export class FrameBoundary {
  #head: number[] = [];
  #left = 0;
  #closing = false;

  /** Takes the next bytes, however they are cut. */
  follow(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#head.push(chunk[at] ?? 0);
      at += 1;
      if (this.#head.length < headLength(this.#head)) continue;
      this.#closing ||= ((this.#head[0] ?? 0) & 0x0f) === CLOSE;
      this.#left = payloadLength(this.#head);
      this.#head = [];
    }
  }

  /** Whole frames have passed, and none that said goodbye: after it nothing may be sent (RFC 6455 §5.5.1). */
  get isOpen(): boolean {
    return this.#left === 0 && this.#head.length === 0 && !this.#closing;
  }
}

/** A Close frame with 1008, policy violation (RFC 6455 §7.4.1), as a server sends it. @param reason ASCII, at most 123 characters */
export function closeFrame(reason: string): Buffer {
  const payload = Buffer.concat([Buffer.from([0x03, 0xf0]), Buffer.from(reason, "latin1")]);
  return Buffer.concat([Buffer.from([0x80 | CLOSE, payload.length]), payload]);
}
