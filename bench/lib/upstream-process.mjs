// The upstream: the least that answers, so that what is measured is what stands in front of it. `/seen` answers with the head that came.
import { createServer } from "node:net";

const BODY = JSON.stringify({ id: "ord_4711", status: "paid", amount: 1999, currency: "EUR", items: [{ sku: "A-1", quantity: 2 }] });
const answer = (/** @type {string} */ type, /** @type {string} */ body) =>
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\n\r\n${body}`);
const ANSWER = answer("application/json", BODY);
const HEAD_END = Buffer.from("\r\n\r\n");

const server = createServer({ noDelay: true }, (socket) => {
  /** @type {Buffer | null} */
  let held = null;
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    let bytes = held === null ? chunk : Buffer.concat([held, chunk]);
    held = null;
    while (bytes.length > 0) {
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        held = bytes;
        return;
      }
      // Requests of the benchmark have no bodies.
      const wantsHead = bytes.toString("latin1", 0, 10).startsWith("GET /seen ");
      socket.write(wantsHead ? answer("text/plain", bytes.toString("latin1", 0, end)) : ANSWER);
      bytes = bytes.subarray(end + 4);
    }
  });
});
process.once("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ kind: "ready", port: typeof address === "object" ? address?.port : null });
});
