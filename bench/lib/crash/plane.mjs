import { fileURLToPath } from "node:url";
import { startVictim } from "./victim.mjs";

const PROGRAM = fileURLToPath(new URL("./plane-process.mjs", import.meta.url));
const START_MS = 60_000;

/** A call that its process did not live to answer: nobody knows whether it was carried out. */
export class Unanswered extends Error {}

/** A refusal or failure that the control plane answered with. */
export class Refused extends Error {
  /** @param {{ code: string | null, reason: string, current: unknown }} failure */
  constructor({ code, reason, current }) {
    super(`${code ?? "failed"}: ${reason} ${JSON.stringify(current)}`);
    this.code = code;
    this.current = current;
  }
}

/**
 * A replica of the control plane, over any number of lives.
 * @param {{ name: string, port: number, env: Record<string, string> }} options
 */
export function createPlane({ name, port, env }) {
  /** @type {import("./victim.mjs").Victim | null} */
  let life = null;
  let lastId = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const calls = new Map();

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    get life() {
      if (life === null) throw new Error("the control plane was not started");
      return life;
    },
    isGone: () => life === null || life.isGone(),
    async start() {
      const started = startVictim([PROGRAM], { ...env, PORT: String(port) });
      life = started;
      const ready = new Promise((resolve, reject) => {
        started.child.on("message", (/** @type {any} */ message) => {
          if (message === "ready") return resolve(undefined);
          if (!("id" in message)) return;
          const call = calls.get(message.id);
          calls.delete(message.id);
          if (message.failure === undefined) call?.resolve(message.result);
          else call?.reject(new Refused(message.failure));
        });
        // Once its channel is closed, all that it sent has come.
        started.child.once("close", () => {
          for (const { reject: fail } of calls.values()) fail(new Unanswered("the control plane ended"));
          calls.clear();
          reject(new Error(`the control plane ended:\n${started.lines.join("\n")}`));
        });
        setTimeout(() => reject(new Error(`the control plane did not start:\n${started.lines.join("\n")}`)), START_MS).unref();
      });
      await ready;
    },
    /**
     * @param {"joinToken" | "declare" | "publish" | "revoke"} call
     * @param {unknown} input
     * @returns {Promise<any>}
     * @throws {Unanswered | Refused}
     */
    call(call, input = null) {
      const child = life?.child;
      if (child === undefined || !child.connected) return Promise.reject(new Unanswered("the control plane does not run"));
      return new Promise((resolve, reject) => {
        lastId += 1;
        calls.set(lastId, { resolve, reject });
        child.send({ id: lastId, call, input }, (error) => {
          // It may have been carried out all the same.
          if (error) reject(new Unanswered(error.message));
        });
      });
    },
    kill: async () => life?.kill(),
  };
}

/** @typedef {ReturnType<typeof createPlane>} Plane */
