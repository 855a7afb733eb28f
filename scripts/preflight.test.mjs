import net from "node:net";
import { describe, expect, it } from "vitest";
import { freePort, requireFreePorts, requireNode } from "./lib/preflight.mjs";

describe("before anything starts", () => {
  it.each(["18.20.0", "20.18.3", "21.7.0", "22.11.0", "23.4.0"])("Node.js %s is refused in one sentence that says what to do", (version) => {
    expect(() => requireNode(version)).toThrow(/needs Node\.js 20\.19.*this is .*Install Node\.js 24/);
  });

  it.each(["20.19.0", "20.20.2", "22.12.0", "24.0.0", "26.1.0"])("Node.js %s is accepted", (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });

  it("a taken port is named, with the part that needs it and the variable that moves it", async () => {
    const port = await freePort();
    const taken = net.createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    try {
      await expect(requireFreePorts({ console: { port, variable: "CONSOLE_PORT" } })).rejects.toThrow(
        `Port ${port}, which the console needs, is taken by another program. Stop that program, or choose another port: CONSOLE_PORT=${port + 1000} npm start`,
      );
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  it("a free port passes", async () => {
    await expect(requireFreePorts({ console: { port: await freePort(), variable: "CONSOLE_PORT" } })).resolves.toBeUndefined();
  });
});
