import { spawn } from "node:child_process";
import { once } from "node:events";

const REACH_MS = 30_000;

/**
 * A process that may end at any moment: on purpose at a failpoint, or by `kill -9`.
 * @param {string[]} args for Node
 * @param {Record<string, string>} env
 * @param {(line: string) => void} onLine each line of its output
 */
export function startVictim(args, env, onLine = () => undefined) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? "", NODE_ENV: "test", SALLYPORT_FAILPOINT: "told", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  /** Its last words, for whoever has to say why it did not do what it should. @type {string[]} */
  const lines = [];
  /** @type {Set<() => void>} */
  const watching = new Set();
  const take = (/** @type {import("node:stream").Readable | null} */ stream) => {
    let rest = "";
    stream?.on("data", (chunk) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        if (lines.length > 200) lines.shift();
        onLine(line);
      }
      for (const look of watching) look();
    });
  };
  take(child.stdout);
  take(child.stderr);
  const ended = once(child, "exit");
  ended.catch(() => undefined);
  const isGone = () => child.exitCode !== null || child.signalCode !== null;

  return {
    child,
    lines,
    isGone,
    ended,
    /** Until a line says it. @param {RegExp} wanted @param {number} timeoutMs @returns {Promise<RegExpExecArray>} */
    said(wanted, timeoutMs = REACH_MS) {
      return new Promise((resolve, reject) => {
        const done = () => {
          watching.delete(look);
          clearTimeout(timer);
        };
        const fail = (/** @type {string} */ why) => {
          done();
          reject(new Error(`${why} before it said ${wanted}:\n${lines.slice(-20).join("\n")}`));
        };
        const look = () => {
          for (const line of lines) {
            const found = wanted.exec(line);
            if (found === null) continue;
            done();
            return resolve(found);
          }
        };
        const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
        watching.add(look);
        child.once("close", () => {
          look();
          if (watching.has(look)) fail("the process ended");
        });
        look();
      });
    },
    /** Arms a failpoint. @param {string} text as `SALLYPORT_FAILPOINT` would say it */
    async arm(text) {
      lines.length = 0;
      const answered = new Promise((resolve, reject) => {
        ended.then(() => reject(new Error(`the process ended before it was told of ${text}`)));
        const hear = (/** @type {any} */ message) => {
          if (message === null || typeof message !== "object" || !("armed" in message)) return;
          child.off("message", hear);
          resolve(message.armed);
        };
        child.on("message", hear);
      });
      child.send({ failpoint: text });
      if ((await answered) !== text) throw new Error(`${text} is no failpoint`);
    },
    /** In order, until it is gone. */
    async end() {
      if (isGone()) return;
      child.kill("SIGTERM");
      await ended;
    },
    /** Gone, and not because it was killed. */
    fellOver: () => isGone() && child.signalCode !== "SIGKILL",
    /** As by `kill -9`, until it is gone. */
    async kill() {
      if (isGone()) return;
      child.kill("SIGKILL");
      await ended;
    },
    /** Goes on after a failpoint that halted it: the line is written just before the halt. */
    async resume() {
      for (let tries = 0; tries < 5 && !isGone(); tries += 1) {
        child.kill("SIGCONT");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

/** @typedef {ReturnType<typeof startVictim>} Victim */
