// The load generator: raw sockets that send prebuilt requests and count answers. A process of its own, so that its CPU is its own.
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");
const READ_BYTES = 16_384;

/** @type {Map<string, Buffer[]>} */
const sets = new Map();

/**
 * @typedef {{ kind: "prepare", set: string, file: string, lengths: number[] }} Prepare
 * @typedef {{ kind: "run", set: string, port: number, connections: number, seconds: number, once: boolean, timed: boolean }} Run
 */

/** @param {Prepare} message */
function prepare({ set, file, lengths }) {
  const bytes = readFileSync(file);
  let start = 0;
  sets.set(
    set,
    lengths.map((length) => {
      start += length;
      return bytes.subarray(start - length, start);
    }),
  );
}

/** How many bytes follow an answer's head: its Content-Length. -1 when it says none; nothing ever follows a 304. */
function bodyLengthOf(/** @type {string} */ head) {
  if (head.startsWith("304", 9)) return 0;
  const found = /\r\ncontent-length: *(\d+)/i.exec(head);
  return found === null ? -1 : Number(found[1]);
}

/**
 * Keeps each connection busy with one request after the other until the time is up, or, with `once`, until all were sent.
 * With `timed`, how long the answers with 200 took is part of the result, ms.
 * @param {Run} run
 */
function load({ set, port, connections, seconds, once, timed }) {
  const requests = sets.get(set) ?? [];
  return new Promise((resolve, reject) => {
    let next = 0;
    let answered = 0;
    let open = 0;
    let over = false;
    /** @type {Record<string, number>} */
    const statuses = {};
    /** @type {number[]} */
    const took = [];
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    let ended = began;
    const timer = setTimeout(() => finish(), seconds * 1_000);

    const finish = () => {
      if (over) return;
      over = true;
      ended = performance.now();
      clearTimeout(timer);
    };
    const closed = () => {
      open -= 1;
      if (open > 0) return;
      const { user, system } = process.cpuUsage(cpuBefore);
      resolve({ answered, seconds: (ended - began) / 1_000, statuses, took, cpuSeconds: (user + system) / 1e6 });
    };
    const fail = (/** @type {Error} */ error) => {
      finish();
      reject(error);
    };

    const connectOne = () => {
      /** Bytes of an answer that came in more than one piece. @type {Buffer | null} */
      let held = null;
      let status = "";
      let sentAt = 0;
      const send = () => {
        if (over || (once && next >= requests.length)) {
          finish();
          socket.destroy();
          return;
        }
        const request = requests[next % requests.length];
        next += 1;
        if (timed) sentAt = performance.now();
        if (request !== undefined) socket.write(request);
      };
      const take = (/** @type {Buffer} */ bytes) => {
        const headEnd = bytes.indexOf(HEAD_END);
        const head = headEnd < 0 ? null : bytes.toString("latin1", 0, headEnd);
        const length = head === null ? 0 : bodyLengthOf(head);
        if (length < 0) return fail(new Error(`an answer without Content-Length:\n${head}`));
        if (head === null || bytes.length < headEnd + 4 + length) {
          held = Buffer.from(bytes);
          return;
        }
        held = null;
        status = head.slice(9, 12);
        // What comes after the time is up belongs to nobody.
        if (!over) {
          answered += 1;
          statuses[status] = (statuses[status] ?? 0) + 1;
          if (timed && status === "200") took.push(performance.now() - sentAt);
        }
        send();
      };
      const socket = connect({
        port,
        host: "127.0.0.1",
        noDelay: true,
        onread: {
          buffer: Buffer.allocUnsafe(READ_BYTES),
          callback: (size, buffer) => {
            const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, size);
            take(held === null ? bytes : Buffer.concat([held, bytes]));
            return true;
          },
        },
      });
      socket.once("connect", send);
      socket.once("error", fail);
      socket.once("end", () => {
        if (!over) fail(new Error("the server closed a connection under load"));
      });
      socket.once("close", closed);
      open += 1;
    };
    for (let index = 0; index < connections; index++) connectOne();
  });
}

process.on("message", (received) => {
  const message = /** @type {Prepare | Run} */ (received);
  if (message.kind === "prepare") {
    prepare(message);
    process.send?.({ kind: "prepared" });
    return;
  }
  load(message).then(
    (result) => process.send?.({ kind: "result", ...result }),
    (error) => process.send?.({ kind: "failed", reason: String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready" });
