import { FAILPOINTS } from "@sallyport/failpoints";
import { TENANT } from "./content.mjs";
import { Refused, Unanswered } from "./plane.mjs";

/** @typedef {import("@sallyport/failpoints").FailpointName} Point */
/** @typedef {"plane" | "database" | "node"} Victim what is ended as by `kill -9` while a process stands at the point */
/** @typedef {import("./stack.mjs").CrashStack} Stack */

/** Nodes renew their keys apart from publishing: those points have tests of their own (`apps/gateway/src/identity/renewal.system.test.ts`). */
const OF_RENEWALS = /^(renewal\.|node\.renewal_)/;
export const POINTS = /** @type {Point[]} */ (Object.keys(FAILPOINTS)).filter((point) => !OF_RENEWALS.test(point));
/** @type {readonly Victim[]} */
export const VICTIMS = ["plane", "database", "node"];

const armingOf = (/** @type {Point} */ point, /** @type {"kill" | "stop"} */ action) => `${point}:${action}@1`;
const AT_START = /^node\.disk_/;
const IN_STAGES = { rollout: { stages: [{ nodes: ["node-1"], soakSeconds: 0 }] } };

/** What a call may come to when its process, or the database under it, is ended. @param {unknown} error */
export function requireInterrupted(error) {
  if (error instanceof Unanswered || (error instanceof Refused && error.code === null)) return;
  throw error;
}

/** The kind of process that comes by. @param {Point} point @returns {Victim} */
export const passerOf = (point) => (point.startsWith("node.") ? "node" : "plane");

/** @param {Stack} stack @param {Point} point */
function planeAt({ publisher, server }, point) {
  return point.startsWith("sync.") || point.startsWith("rollout.step_") ? server : publisher;
}

/**
 * Brings a replica of the control plane to the point, without waiting for what it does there.
 * @param {Stack} stack
 * @param {Point} point
 * @param {"kill" | "stop"} action
 * @returns {Promise<{ life: import("./victim.mjs").Victim, work: Promise<unknown> }>} the process, and what was asked of the control plane
 */
async function approachPlane(stack, point, action) {
  const plane = planeAt(stack, point);
  const declared = await stack.declare();
  const { life } = plane;
  await life.arm(`${point}:${action}@1`);
  const work = point.startsWith("revocation.")
    ? stack.publisher.call("revoke", { tenant: TENANT, subject: `subject-${declared}` })
    : stack.publish(declared, point.startsWith("rollout.") ? IN_STAGES : {});
  return { life, work: work.catch(requireInterrupted) };
}

/**
 * Brings a node to each of the points, the first one to the first.
 * @param {Stack} stack
 * @param {readonly Point[]} points
 * @param {"kill" | "stop"} action
 */
async function approachNodes(stack, points, action) {
  const nodes = stack.nodes.slice(0, points.length);
  if (points.every((point) => AT_START.test(point))) {
    await Promise.all(nodes.map((node) => node.end()));
    const starting = nodes.map((node, index) => node.start({ failpoint: armingOf(points[index] ?? "node.disk_read", action), wasServing: true }));
    const lives = nodes.map(({ life }) => life);
    // Who is killed there never listens.
    return { lives, work: Promise.all(action === "kill" ? starting.map((started) => started.catch(() => undefined)) : starting) };
  }
  const lives = nodes.map(({ life }) => life);
  await Promise.all(lives.map((life, index) => life.arm(armingOf(points[index] ?? "node.answered", action))));
  const work = (async () => {
    await stack.publish(await stack.declare());
    // The poll that acknowledges is held until there is news.
    if (points.includes("node.acknowledged")) await stack.publish(await stack.declare());
  })();
  return { lives, work: work.catch(requireInterrupted) };
}

const reached = (/** @type {import("./victim.mjs").Victim} */ life, /** @type {Point} */ point) =>
  life.said(new RegExp(`^failpoint ${point} reached`));

/**
 * Ends as many nodes as there are points, each at its own, starts them again and verifies everything.
 * @param {Stack} stack
 * @param {readonly Point[]} points
 */
export async function endNodesAt(stack, points) {
  const { lives, work } = await approachNodes(stack, points, "kill");
  await Promise.all(lives.map((life, index) => reached(life, points[index] ?? "node.answered")));
  await Promise.all(lives.map(({ ended }) => ended));
  await work;
  await stack.restore();
  await stack.verify();
}

/**
 * Ends a replica of the control plane at one of its points, starts it again, and verifies everything.
 * @param {Stack} stack
 * @param {Point} point
 */
export async function endPlaneAt(stack, point) {
  const { life, work } = await approachPlane(stack, point, "kill");
  await reached(life, point);
  await life.ended;
  await stack.restore();
  await work;
  // What comes next publishes.
  await stack.verify({ publishes: false });
}

/**
 * Ends something else while a process stands at the point, lets that go on, starts again what is gone, and verifies everything.
 * @param {Stack} stack
 * @param {{ point: Point, victim: Victim }} at
 */
export async function endBesideOf(stack, { point, victim }) {
  const { life, work } = passerOf(point) === "plane" ? await approachPlane(stack, point, "stop") : await approachOneNode(stack, point);
  await reached(life, point);
  if (victim === "database") await stack.database.kill();
  else if (victim === "node") await stack.nodes[0]?.kill();
  else await stack.server.kill();
  await life.resume();
  await stack.restore();
  await work;
  // A node that was told at its start can be told nothing more.
  if (AT_START.test(point)) await restartFirst(stack);
  await stack.verify();
}

/** @param {Stack} stack */
async function restartFirst({ nodes: [node] }) {
  await node?.end();
  await node?.start({ wasServing: true });
}

/** @param {Stack} stack @param {Point} point */
async function approachOneNode(stack, point) {
  const { lives, work } = await approachNodes(stack, [point], "stop");
  const [life] = lives;
  if (life === undefined) throw new Error("there is no node");
  return { life, work };
}
