// The least that a server can do for a poll: read the request, say that nothing changed.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.on("end", () => response.writeHead(304, { etag: '"1"' }).end());
  request.resume();
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 });
});
process.once("disconnect", () => process.exit(0));
