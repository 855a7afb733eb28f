import { connect } from "node:net";

/** After so long without an answer the request is taken for unfinished, and the client says that nothing more comes, ms. */
const PATIENCE_MS = 500;
/** By then the node must have answered or hung up, ms. */
const HANG_MS = 8_000;

/**
 * Sends bytes on a connection of their own.
 * @param {number} port
 * @param {string} bytes latin1
 * @param {{ whole?: boolean }} options `whole`: the request is known to be finished, and waits for its answer
 * @returns {Promise<{ status: number | null, hung: boolean, statuses: number[] }>} the first final status; null when the connection ended without one
 */
export function sendBytes(port, bytes, { whole = false } = {}) {
  return new Promise((resolve) => {
    let text = "";
    let over = false;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(Buffer.from(bytes, "latin1")));
    const finish = (/** @type {boolean} */ hung) => {
      if (over) return;
      over = true;
      clearTimeout(patience);
      clearTimeout(hang);
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      resolve({ status: statuses.find((status) => status >= 200) ?? null, statuses, hung });
    };
    const patience = whole ? undefined : setTimeout(() => socket.end(), PATIENCE_MS);
    const hang = setTimeout(() => finish(true), HANG_MS);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (/^HTTP\/1\.1 [2-5]\d{2} [\s\S]*?\r\n\r\n/m.test(text)) finish(false);
    });
    socket.on("end", () => finish(false));
    socket.on("error", () => finish(false));
    socket.on("close", () => finish(false));
  });
}
