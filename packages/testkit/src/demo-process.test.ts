import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { afterEach, describe, expect, it } from "vitest";

const script = (name: string) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
const children: ChildProcess[] = [];

function start(name: string, env: Record<string, string> = {}) {
  const child = fork(script(name), [], { env: { ...process.env, ...env }, silent: true, execArgv: [] });
  children.push(child);
  const output = { text: "" };
  child.stdout?.on("data", (chunk) => (output.text += String(chunk)));
  child.stderr?.on("data", (chunk) => (output.text += String(chunk)));
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const url = /^ready (\S+)$/m.exec(output.text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("exit", () => reject(new Error(output.text)));
  });
  return { child, output, ready };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("demo processes", () => {
  it("the provider gives a token to curl's own request, and says one line", async () => {
    const { ready, output } = start("demo-provider", { TENANT: "globex", AUDIENCE: "https://api.globex.example", CLIENT_SECRET: "s3cret" });
    const url = await ready;
    const { statusCode, body } = await request(`${url}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("demo:s3cret")}`, "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials&resource=https://api.globex.example",
    });
    const { access_token: token } = (await body.json()) as { access_token: string };
    expect(statusCode).toBe(200);
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toMatchObject({ iss: url, tenant_id: "globex", sub: "demo" });
    expect(output.text).toBe(`ready ${url}\n`);
  });

  it.each(["demo-provider", "demo-upstream"])("%s listens where HOST says, and is known by that name", async (name) => {
    const url = await start(name, { HOST: "localhost" }).ready;
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    expect((await request(`${url}/${name === "demo-provider" ? "jwks" : ""}`)).statusCode).toBe(200);
  });

  it.each(["demo-provider", "demo-upstream"])("%s ends cleanly when its parent lets go, and on SIGTERM", async (name) => {
    const first = start(name);
    await first.ready.then(() => first.child.disconnect());
    expect(await once(first.child, "exit")).toEqual([0, null]);
    const second = start(name);
    await second.ready.then(() => second.child.kill("SIGTERM"));
    expect(await once(second.child, "exit")).toEqual([0, null]);
  });

  it.each(["demo-provider", "demo-upstream"])("%s says in one sentence that its port is taken", async (name) => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const address = squatter.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { child, output, ready } = start(name, { PORT: String(port) });
    await expect(ready).rejects.toThrow();
    expect(child.exitCode).toBe(1);
    expect(output.text).toBe(`Port ${port} is taken: stop what listens there, or choose another port.\n`);
    squatter.close();
  });
});
