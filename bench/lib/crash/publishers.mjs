import { ownTenantDocument } from "./content.mjs";
import { Refused } from "./plane.mjs";
import { requireInterrupted } from "./points.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Publishers who all publish at once, each a tenant of its own, by both replicas; a third of the way one replica is ended and started again. Who is
 * refused because somebody was faster tries again; who gets no answer looks whether it was carried out, and tries again if not.
 * @param {import("./stack.mjs").CrashStack} stack
 * @param {{ count: number, fault: (what: string) => void }} options
 */
export async function publishInParallel(stack, { count, fault }) {
  const { publisher, server, database } = stack;
  const tenants = Array.from({ length: count }, (_, index) => `p-${index + 1}`);
  await publisher.call(
    "declare",
    tenants.map((tenant) => ownTenantDocument(tenant, "before")),
  );
  const first = await publisher.call("publish", { comment: "publishers' tenants" });
  await publisher.call(
    "declare",
    tenants.map((tenant) => ownTenantDocument(tenant, "after")),
  );
  const commentOf = (/** @type {string} */ tenant) => `publisher of ${tenant}`;
  /** @type {Map<string, number>} */
  const acknowledged = new Map();
  let interrupted = 0;
  let conflicts = 0;
  let ending = null;

  const endOne = async () => {
    await publisher.kill();
    await stack.restore();
  };
  async function publishOne(/** @type {string} */ tenant, /** @type {number} */ index) {
    const plane = index % 2 === 0 ? publisher : server;
    let base = first;
    for (;;) {
      try {
        const revision = await plane.call("publish", { comment: commentOf(tenant), base, sections: [`tenants/${tenant}`] });
        acknowledged.set(tenant, revision);
        if (acknowledged.size >= count / 3) ending ??= endOne();
        return;
      } catch (error) {
        if (error instanceof Refused && error.code === "conflict") {
          base = /** @type {{ live: number }} */ (error.current).live;
          conflicts += 1;
          continue;
        }
        requireInterrupted(error);
        interrupted += 1;
        while (publisher.isGone()) await pause(20);
        const [found] = await database.query(`select number from revision where comment = '${commentOf(tenant)}'`);
        if (found !== undefined) return;
        await pause(20);
      }
    }
  }
  await Promise.all(tenants.map(publishOne));
  await ending;

  const rows = await database.query(`
    select r.number, r.comment, r.manifest, s.hash from revision r join section s on s.body->>'plan' = 'after' and s.body->>'slug' = substr(r.comment, 14)
    where r.comment like 'publisher of %'`);
  for (const tenant of tenants) {
    const made = rows.filter(({ comment }) => comment === commentOf(tenant));
    const [only] = made;
    if (made.length !== 1 || only?.manifest[`tenants/${tenant}`] !== only?.hash) fault(`${tenant} was published ${made.length} times`);
    const number = acknowledged.get(tenant);
    if (number !== undefined && number !== only?.number) fault(`${tenant} was acknowledged as revision ${number} and is ${only?.number}`);
  }
  await stack.verify();
  return { published: rows.length, acknowledged: acknowledged.size, conflicts, interrupted };
}
