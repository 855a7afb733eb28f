import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FAILPOINTS } from "./failpoints.js";
import { readFailpoint } from "./read-failpoint.js";

const BUILT = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** A process that arms what its environment says, passes one point three times, and says after each that it still runs. */
function pass(env: Record<string, string>) {
  const script = `
    import { armFailpoint, failpoint, readFailpoint } from ${JSON.stringify(BUILT)};
    const read = readFailpoint(process.env);
    if (!read.ok) throw new Error(read.error);
    armFailpoint(read.failpoint);
    for (const time of [1, 2, 3]) { failpoint("node.swapped"); console.log("past", time); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { env, stdio: ["ignore", "pipe", "pipe"] });
  const seen = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (seen.out += chunk));
  child.stderr.on("data", (chunk) => (seen.err += chunk));
  return { child, seen, ended: once(child, "close") };
}

describe("a failpoint", () => {
  it("is nothing while it is not armed", async () => {
    const { seen, ended } = pass({});
    expect(await ended).toEqual([0, null]);
    expect(seen).toEqual({ out: "past 1\npast 2\npast 3\n", err: "" });
  });

  it("is nothing where another is armed", async () => {
    const { seen, ended } = pass({ SALLYPORT_FAILPOINT: "node.compiled" });
    expect(await ended).toEqual([0, null]);
    expect(seen.err).toBe("");
  });

  it("ends the process as kill -9 does, at the time that was named, and not a step later", async () => {
    const { seen, ended } = pass({ SALLYPORT_FAILPOINT: "node.swapped:kill@2" });
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(seen).toEqual({ out: "past 1\n", err: "failpoint node.swapped reached: kill\n" });
  });

  it("halts the process until it is continued, once", async () => {
    const { child, seen, ended } = pass({ SALLYPORT_FAILPOINT: "node.swapped:stop" });
    await once(child.stderr, "data");
    expect(seen).toEqual({ out: "", err: "failpoint node.swapped reached: stop\n" });
    // The line comes before the halt: a process that has not halted yet needs another SIGCONT.
    const again = setInterval(() => child.kill("SIGCONT"), 20);
    expect(await ended).toEqual([0, null]);
    clearInterval(again);
    expect(seen.out).toBe("past 1\npast 2\npast 3\n");
  });
});

describe("a process that is told by its parent", () => {
  it("arms what it is told, answers, and arms nothing for a name that is none", async () => {
    const script = `
      import { armFailpoint, failpoint, readFailpoint } from ${JSON.stringify(BUILT)};
      const read = readFailpoint(process.env);
      if (read.ok) armFailpoint(read.failpoint);
      process.on("message", (message) => { if (message === "pass") { failpoint("sync.heard"); process.send("past"); } });`;
    const env = { SALLYPORT_FAILPOINT: "told" };
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { env, stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const ended = once(child, "exit");
    const answerTo = async (message: { failpoint: string } | "pass") => {
      child.send(message);
      const [answer] = await once(child, "message");
      return answer;
    };
    expect(await answerTo("pass")).toBe("past");
    expect(await answerTo({ failpoint: "sync.nowhere" })).toEqual({ armed: null });
    expect(await answerTo("pass")).toBe("past");
    expect(await answerTo({ failpoint: "sync.heard" })).toEqual({ armed: "sync.heard" });
    child.send("pass");
    expect(await ended).toEqual([null, "SIGKILL"]);
  });
});

describe("SALLYPORT_FAILPOINT", () => {
  const read = (env: Record<string, string>) => readFailpoint(env);

  it("names a point, what happens there and at which time", () => {
    expect(read({})).toEqual({ ok: true, failpoint: null });
    expect(read({ SALLYPORT_FAILPOINT: "" })).toEqual({ ok: true, failpoint: null });
    expect(read({ SALLYPORT_FAILPOINT: "told" })).toEqual({ ok: true, failpoint: "told" });
    expect(read({ SALLYPORT_FAILPOINT: "publish.begun" })).toEqual({ ok: true, failpoint: { name: "publish.begun", action: "kill", at: 1 } });
    expect(read({ SALLYPORT_FAILPOINT: "sync.polled:stop@3" })).toEqual({ ok: true, failpoint: { name: "sync.polled", action: "stop", at: 3 } });
  });

  it.each(["publish.unknown", "publish.begun:explode", "publish.begun@0", " publish.begun", "toString", "publish.begun,sync.polled"])(
    "refuses %j, and says which names there are",
    (text) => {
      const result = read({ SALLYPORT_FAILPOINT: text });
      expect(result).toMatchObject({ ok: false });
      for (const name of Object.keys(FAILPOINTS)) expect(!result.ok && result.error).toContain(name);
    },
  );

  it("is refused in production unless that is meant", () => {
    const env = { SALLYPORT_FAILPOINT: "publish.begun", NODE_ENV: "production" };
    expect(read(env)).toMatchObject({ ok: false, error: expect.stringContaining("SALLYPORT_FAILPOINT_IN_PRODUCTION") });
    expect(read({ ...env, SALLYPORT_FAILPOINT_IN_PRODUCTION: "yes" }).ok).toBe(false);
    expect(read({ ...env, SALLYPORT_FAILPOINT_IN_PRODUCTION: "meant" }).ok).toBe(true);
    expect(read({ NODE_ENV: "production" })).toEqual({ ok: true, failpoint: null });
  });

  it("has a sentence for each of its names, and at least twenty of them", () => {
    const points = Object.entries(FAILPOINTS);
    expect(points.length).toBeGreaterThanOrEqual(20);
    for (const [name, sentence] of points) {
      expect(name).toMatch(/^(publish|rollout|revocation|sync|renewal|node)\.[a-z_]+$/);
      expect(sentence).toMatch(/^[A-Z].+\.$/);
    }
  });
});
