import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { endWhenTold } from "@/server/end-when-told";

test("a client that calls again and again on one connection does not hold up the end", async () => {
  let drained = false;
  endWhenTold(() => {
    drained = true;
  });
  const server = createServer((_request, response) => setTimeout(() => response.end("ok"), 20));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let calls = 0;
  const callAgain = (): void => {
    get({ port, agent }, (response) => {
      calls += 1;
      response.resume().on("end", callAgain);
    }).on("error", () => {});
  };
  callAgain();
  await expect.poll(() => calls).toBeGreaterThan(3);

  const closed = once(server, "close");
  process.emit("SIGTERM", "SIGTERM");
  server.close();
  await closed;
  expect(drained).toBe(true);
  agent.destroy();
});
