import { randomBytes } from "node:crypto";
import { freePort } from "@sallyport/data/embedded-pg";
import { startEchoUpstream } from "@sallyport/testkit";
import { startIssuers } from "../issuers.mjs";
import { claimsOf } from "../tokens.mjs";
import { fleetDocument, markedDocuments } from "./content.mjs";
import { createDatabase } from "./database.mjs";
import { createNode } from "./node.mjs";
import { createPlane } from "./plane.mjs";
import { createVerifier } from "./verify.mjs";
import { watchNodes } from "./watch.mjs";

/**
 * A whole fleet of processes that can be ended one by one: PostgreSQL, a replica of the control plane by which operators publish, one that
 * nodes speak to, and two nodes under load. Whatever is not as it must be is a fault.
 * @param {{ fault: (what: string) => void, connections?: number, pauseMs?: number }} options
 */
export async function startCrashStack({ fault, ...load }) {
  const [database, upstream, idp] = await Promise.all([createDatabase(), startEchoUpstream(), startIssuers()]);
  const [only] = idp.issuers;
  if (only === undefined) throw new Error("no issuer");
  const where = { upstream: upstream.url, issuer: only.issuer };
  const env = { APP_DATABASE_URL: database.appUrl, FLEET_DATABASE_URL: database.fleetUrl, MASTER_KEY: randomBytes(32).toString("base64") };
  const publisher = createPlane({ name: "publisher", port: await freePort(), env });
  const server = createPlane({ name: "server", port: await freePort(), env: { ...env, ROLLOUTS: "on" } });
  await Promise.all([publisher.start(), server.start()]);
  const joinToken = await publisher.call("joinToken");
  const nodes = ["node-1", "node-2"].map((name) => createNode({ name, planeUrl: server.url, joinToken, fault }));
  const verifier = createVerifier({ database, nodes, fault });
  let marker = 0;

  /** Declares the next content. @returns {Promise<number>} its marker */
  async function declare() {
    marker += 1;
    const declared = marker;
    await publisher.call("declare", [fleetDocument, ...markedDocuments(where, declared)]);
    return declared;
  }
  /**
   * Publishes what was declared. What is acknowledged here must never be missing from then on.
   * @param {number} declared
   * @param {{ rollout?: import("@sallyport/control-plane").RolloutPlanInput }} more
   */
  async function publish(declared, more = {}) {
    const revision = await publisher.call("publish", { comment: `marker ${declared}`, ...more });
    verifier.acknowledged({ marker: declared, revision });
  }

  await publish(await declare());
  await Promise.all(nodes.map((node) => node.start()));
  await verifier.converged();
  const token = only.mint.sign({ ...claimsOf(only.issuer, 1), exp: Math.floor(Date.now() / 1_000) + 4 * 3_600 });
  const watch = watchNodes(nodes, { token, fault, ...load });

  return {
    ...{ database, publisher, server, nodes, verifier, watch, declare, publish },
    /** Starts again whatever is gone, nodes without waiting for anybody. */
    async restore() {
      for (const part of [publisher, server, ...nodes])
        if (part.life.fellOver()) fault(`${part.name} ended by itself:\n${part.life.lines.join("\n")}`);
      const nodesBack = nodes.filter((node) => node.isGone()).map((node) => node.start({ wasServing: true }));
      if (database.isDown()) await database.start();
      await Promise.all([publisher, server].filter((plane) => plane.isGone()).map((plane) => plane.start()));
      await Promise.all(nodesBack);
    },
    /**
     * Everything that was acknowledged is there, nothing is half there, and all nodes come to run the newest revision and decide by it.
     * @param {{ publishes?: boolean }} options whether one more publish has to work first
     */
    async verify({ publishes = true } = {}) {
      await verifier.verify();
      if (publishes) await publish(await declare());
      const { marker: newest } = await verifier.converged();
      for (const { name } of nodes) await verifier.decidesBy(name, newest, () => watch.last(name));
    },
    async close() {
      const counts = await watch.stop();
      await Promise.all([...nodes.map((node) => node.remove()), publisher.kill(), server.kill()]);
      await Promise.all([database.isDown() ? undefined : database.remove(), upstream.close(), idp.close()]);
      return counts;
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startCrashStack>>} CrashStack */
