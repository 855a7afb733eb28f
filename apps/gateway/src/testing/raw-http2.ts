import { connect } from "node:tls";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = 4;
export const FRAME = { data: 0, headers: 1, rstStream: 3, ping: 6, goaway: 7, continuation: 9 } as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array | string = ""): Buffer {
  const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : Buffer.from(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** HPACK (RFC 7541 §6.2.2): literal fields without indexing, no Huffman code. Texts are latin1 and shorter than 16,000 bytes. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, "latin1");
    if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    const rest = bytes.length - 127;
    const length = rest < 128 ? [127, rest] : [127, (rest & 127) | 128, rest >> 7];
    return Buffer.concat([Buffer.from(length), bytes]);
  };
  return Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));
}

/** RFC 7541 appendix A: the statuses that have a number there. */
const STATUSES = new Map([
  [0x88, 200],
  [0x89, 204],
  [0x8c, 400],
  [0x8d, 404],
]);

/** The status of an answer's head where the static table has it, else the digits that stand in it. */
export function statusOf({ payload }: Frame): number | null {
  const known = STATUSES.get(payload[0] ?? 0);
  if (known !== undefined) return known;
  // Literal with the name `:status` (index 8): the digits as text, or in the Huffman code, in which digits have five or six bits.
  const huffman = ((payload[1] ?? 0) & 0x80) !== 0;
  const value = payload.subarray(2, 2 + ((payload[1] ?? 0) & 0x7f));
  return Number(huffman ? digitsOf(value) : value.toString("latin1"));
}

function digitsOf(bytes: Buffer): string {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  while (digits.length < 3 && bits !== "") {
    const short = ["00000", "00001", "00010"].indexOf(bits.slice(0, 5));
    const digit = short >= 0 ? short : Number.parseInt(bits.slice(0, 6), 2) - 0b011001 + 3;
    digits += String(digit);
    bits = bits.slice(short >= 0 ? 5 : 6);
  }
  return digits;
}

/** A connection on which a test writes frames when it likes, and reads nothing. */
export function openRawHttp2(port: number, servername: string): { write(...bytes: readonly Uint8Array[]): void; close(): void } {
  const socket = connect({ host: "127.0.0.1", port, servername, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  socket.on("error", () => undefined).resume();
  socket.write(PREFACE);
  socket.write(frame(SETTINGS, 0, 0));
  return {
    write(...bytes) {
      for (const each of bytes) socket.write(each);
    },
    close: () => void socket.destroy(),
  };
}

/**
 * Speaks HTTP/2 frame by frame, for what no client would send.
 * @param until looks at all frames received; the answer is what had come when it held, the peer closed, or time was up
 */
export function rawHttp2(options: {
  readonly port: number;
  readonly servername: string;
  readonly bytes: readonly Uint8Array[];
  readonly until: (frames: readonly Frame[]) => boolean;
  readonly timeoutMs?: number;
}): Promise<{ readonly frames: readonly Frame[]; readonly closed: boolean }> {
  return new Promise((resolve) => {
    const frames: Frame[] = [];
    let pending: Buffer = Buffer.alloc(0);
    const socket = connect(
      { host: "127.0.0.1", port: options.port, servername: options.servername, ALPNProtocols: ["h2"], rejectUnauthorized: false },
      () => {
        socket.write(PREFACE);
        socket.write(frame(SETTINGS, 0, 0));
        for (const bytes of options.bytes) socket.write(bytes);
      },
    );
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ frames, closed });
    };
    const timer = setTimeout(() => finish(false), options.timeoutMs ?? 5_000);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 9 && pending.length >= 9 + pending.readUIntBE(0, 3)) {
        const length = pending.readUIntBE(0, 3);
        const stream = pending.readUInt32BE(5) & 0x7fffffff;
        frames.push({ type: pending.readUInt8(3), flags: pending.readUInt8(4), stream, payload: pending.subarray(9, 9 + length) });
        pending = pending.subarray(9 + length);
      }
      if (options.until(frames)) finish(false);
    });
    socket.on("error", () => finish(true));
    socket.on("close", () => finish(true));
  });
}
