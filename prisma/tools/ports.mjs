import net from "node:net";

/**
 * A TCP port of the loopback interface that nobody listens on at this moment.
 * @returns {Promise<number>}
 */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/**
 * Whether somebody listens on the port of the loopback interface; answers within a second.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isPortTaken(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    const answer = (taken) => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
