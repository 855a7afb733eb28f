import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, removeFolder } from "./testing/gateway.js";
import { type GatewayProcess, PROGRAM, startProcess } from "./testing/gateway-process.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

describe("the process", () => {
  let plane: TestControlPlane;
  let upstream: EchoUpstream;
  let dataDir: string;
  let running: GatewayProcess | undefined;
  /** Where the program is by itself, without a module beside it: as in its container. */
  let alone: string;
  let program: string;

  const start = (env: Record<string, string>, ipc = false): ChildProcess => {
    running = startProcess(dataDir, { SALLYPORT_CONTROL_PLANE: plane.url, ...env }, { ipc, program });
    return running.child;
  };
  const output = (): string => running?.output ?? "";
  const portOf = async (name: "dataPort"): Promise<number> => (await running?.portOf(name)) ?? 0;
  const applied = (times = 1) => eventually("the snapshot is applied", () => (output().match(/snapshot applied/g)?.length ?? 0) >= times, 15_000);

  beforeAll(async () => {
    alone = await freshFolder();
    program = join(alone, "sallyport-gateway.mjs");
    await copyFile(PROGRAM, program);
  });
  afterAll(() => removeFolder(alone));
  beforeEach(async () => {
    [plane, upstream, dataDir] = await Promise.all([TestControlPlane.start(), startEchoUpstream(), freshFolder()]);
    await plane.publish([fleetOf(), tenantOf({ slug: "acme", upstream: upstream.url })]);
  });
  afterEach(async () => {
    await running?.kill();
    await Promise.all([plane.down(), upstream.close()]);
    await removeFolder(dataDir);
  });

  it("serves, survives kill -9 of itself and of the control plane, and serves again from disk within 2 s", async () => {
    const first = start({ SALLYPORT_JOIN_TOKEN: plane.joinToken() });
    await applied();
    await eventually("it is on disk", () => plane.reports.length > 0);
    first.kill("SIGKILL");
    await once(first, "exit");
    await plane.down();
    // On a machine that is busy with other things, merely loading the program can take the 2 s.
    const loading = performance.now();
    await once(start({ SALLYPORT_PORT: "none" }), "exit");
    const loadMs = performance.now() - loading;
    const began = performance.now();
    start({});
    const port = await portOf("dataPort");
    expect((await fetch(`http://127.0.0.1:${port}/tenants/acme/open`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(Math.max(2_000, loadMs * 3));
    expect(plane.enrolments).toBe(1);
  });

  it("gives up a revision that ends it each time, although it starts from an older one in between", async () => {
    const first = start({ SALLYPORT_JOIN_TOKEN: plane.joinToken() });
    await applied();
    await eventually("it is on disk", () => plane.reports.length > 0);
    first.kill("SIGTERM");
    await once(first, "exit");
    await plane.publish([fleetOf(), tenantOf({ slug: "acme", upstream: upstream.url, rest: { plan: "deadly" } })]);
    // The first revision that it compiles is the one on disk, the second the delivered one.
    for (const death of [1, 2]) {
      const ended = await once(start({ SALLYPORT_FAILPOINT: "node.compiled:kill@2" }), "exit");
      expect(ended, `death ${death}`).toEqual([null, "SIGKILL"]);
    }
    const last = start({ SALLYPORT_FAILPOINT: "node.compiled:kill@2" });
    await eventually("it refuses the revision", () => plane.reports.at(-1)?.outcome === "nack");
    expect(plane.reports.at(-1)).toMatchObject({ revision: 2, errors: [{ code: "compile_failed" }] });
    expect((await fetch(`http://127.0.0.1:${await portOf("dataPort")}/tenants/acme/open`)).status).toBe(200);
    expect(last.exitCode).toBeNull();
  });

  it("removes at its start what writes left that were cut off", async () => {
    await once(start({ SALLYPORT_JOIN_TOKEN: plane.joinToken(), SALLYPORT_FAILPOINT: "node.temporary_written" }), "exit");
    const unfinished = async () => (await readdir(dataDir)).filter((file) => file.endsWith(".tmp"));
    expect(await unfinished()).toHaveLength(1);
    start({ SALLYPORT_JOIN_TOKEN: plane.joinToken() });
    await applied();
    await eventually("the revision is on disk", async () => (await readdir(dataDir)).includes("last-good.sealed"));
    expect(await unfinished()).toEqual([]);
  });

  it("says in one sentence that a failpoint is none, and refuses one in production", async () => {
    expect(await once(start({ SALLYPORT_FAILPOINT: "node.nowhere" }), "exit")).toEqual([2, null]);
    expect(output()).toMatch(/^SALLYPORT_FAILPOINT: "node\.nowhere" is no failpoint; .*node\.swapped.*\n$/);
    expect(await once(start({ SALLYPORT_FAILPOINT: "node.swapped", NODE_ENV: "production" }), "exit")).toEqual([2, null]);
    expect(output()).toMatch(/^SALLYPORT_FAILPOINT: .*SALLYPORT_FAILPOINT_IN_PRODUCTION.*\n$/);
  });

  it("logs refusals when asked to, and never a token", async () => {
    start({ SALLYPORT_JOIN_TOKEN: plane.joinToken(), LOG_LEVEL: "trace" });
    await applied();
    const port = await portOf("dataPort");
    const token = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"canary"}').toString("base64url")}.`;
    const headers = { authorization: `Bearer ${token}`, cookie: "session=canary-cookie", "x-request-id": "req-logged" };
    expect((await fetch(`http://127.0.0.1:${port}/tenants/acme/secret?key=canary-query`, { headers })).status).toBe(401);
    await eventually("the line", () => output().includes("req-logged"));
    expect(output()).not.toContain(token);
    expect(output()).not.toMatch(/canary/);
  });

  it("ends by SIGTERM with code 0 in bounded time", async () => {
    const started = start({ SALLYPORT_JOIN_TOKEN: plane.joinToken() });
    await applied();
    const began = performance.now();
    started.kill("SIGTERM");
    expect(await once(started, "exit")).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it("ends with the parent that started it", async () => {
    const started = start({ SALLYPORT_JOIN_TOKEN: plane.joinToken() }, true);
    await applied();
    started.disconnect();
    expect(await once(started, "exit")).toEqual([0, null]);
  });

  it("says in one sentence that a port is taken", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const started = start({ SALLYPORT_JOIN_TOKEN: plane.joinToken(), SALLYPORT_PORT: String(port), LOG_LEVEL: "silent" });
    expect(await once(started, "exit")).toEqual([1, null]);
    expect(output()).toBe(`Port ${port} on 127.0.0.1 is taken: stop what listens there, or set SALLYPORT_PORT to another port.\n`);
    blocker.close();
  });

  it("says in one sentence what is wrong with its environment, and with its join token, which it never prints", async () => {
    const bare = start({ SALLYPORT_CONTROL_PLANE: "" });
    expect(await once(bare, "exit")).toEqual([2, null]);
    expect(output()).toMatch(/^SALLYPORT_CONTROL_PLANE is not set: .+\n$/);
    const token = `spj_${"a".repeat(43)}.${plane.key.jwk.kid}`;
    const stranger = start({ SALLYPORT_JOIN_TOKEN: token, LOG_LEVEL: "trace" });
    expect(await once(stranger, "exit")).toEqual([1, null]);
    expect(output()).toContain("the node could not enrol: the control plane answered 401: The join token is unknown or used\n");
    expect(output()).not.toContain(token.slice(4, 40));
  });
});
