import { createHash } from "node:crypto";
import { installationHash, rootHash, sectionHash } from "@sallyport/snapshot";
import { decodeJwt } from "jose";
import { TENANT } from "./content.mjs";

const sha256 = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Nodes wait up to 4 s between attempts while their control plane is away; a rollout is looked at each second. */
const CONVERGE_MS = 30_000;

/**
 * Looks at the database and the nodes with eyes of its own: nothing here asks the control plane what is true.
 * @param {{ database: import("./database.mjs").Database, nodes: readonly import("./node.mjs").GatewayNode[], fault: (what: string) => void }} parts
 */
export function createVerifier({ database, nodes, fault }) {
  /** Publishes that were acknowledged, by revision. @type {Map<number, number>} */
  const acknowledged = new Map();
  /** Revisions up to this one were looked at whole. */
  let verifiedTo = 0;

  /** Numbers from 1 without a gap, the counter behind the last, and one audit row for each. */
  async function verifyNumbers() {
    const [row] = await database.query(`
      select (select count(*)::int from revision) as rows, (select min(number) from revision) as least, (select max(number) from revision) as most,
        (select next_revision from installation where id = 1) as next,
        (select count(*)::int from audit_record where action in ('revision.publish', 'revision.reissue', 'revision.rollback')) as audited,
        (select count(distinct target_name)::int from audit_record where action in ('revision.publish', 'revision.reissue', 'revision.rollback')) as named`);
    const { rows, least, most, next, audited, named } = row ?? {};
    if (least !== 1 || rows !== most || next !== most + 1) fault(`revisions have a gap: ${JSON.stringify(row)}`);
    if (audited !== rows || named !== rows) fault(`revisions and their audit rows differ: ${JSON.stringify(row)}`);
  }

  /** Each revision is whole: what was signed is what is stored, and every section that it names is there with its hash. */
  async function verifyRevisions() {
    const rows = await database.query(`
      select r.number, r.parent, r.manifest, r.root_hash, g.manifest as given, g.root_hash as group_root, g.installation_hash, g.envelope
      from revision r left join revision_group g on g.revision = r.number where r.number > ${verifiedTo} order by r.number`);
    const hashes = [...new Set(rows.flatMap(({ manifest, given }) => [...Object.values(manifest), ...Object.values(given ?? {})]))];
    const sections = new Map(
      (await database.query(`select hash, body from section where hash in (${hashes.map((hash) => `'${hash}'`).join(",") || "''"})`)).map((row) => [
        row.hash,
        row.body,
      ]),
    );
    for (const { number, parent, manifest, root_hash, given, group_root, installation_hash, envelope } of rows) {
      const wrong = (/** @type {string} */ what) => fault(`revision ${number}: ${what}`);
      if (given === null) {
        wrong("its nodes' group has no envelope");
        continue;
      }
      if (parent >= number) wrong(`its parent is ${parent}`);
      if (rootHash(manifest, sha256) !== root_hash || rootHash(given, sha256) !== group_root) wrong("its root hash is not that of its sections");
      if (installationHash(given, sha256) !== installation_hash) wrong("its installation hash is not that of its sections");
      const signed = decodeJwt(envelope);
      if (signed.revision !== number || signed.rootHash !== group_root || signed.installationHash !== installation_hash)
        wrong("what was signed is not what is stored");
      for (const [name, hash] of Object.entries({ ...manifest, ...given })) {
        const body = sections.get(hash);
        if (body === undefined || sectionHash(body, sha256) !== hash) wrong(`its section ${name} is ${body === undefined ? "missing" : "another"}`);
      }
    }
    verifiedTo = rows.at(-1)?.number ?? verifiedTo;
  }

  /** What was acknowledged is there, under its number and with exactly its content. */
  async function verifyAcknowledged() {
    const rows = await database.query(`
      select r.number, r.comment, s.body->>'plan' as plan from revision r join section s on s.hash = r.manifest->>'tenants/${TENANT}'`);
    const published = new Map(rows.map((row) => [row.number, row]));
    for (const [revision, marker] of acknowledged) {
      const row = published.get(revision);
      if (row?.comment !== `marker ${marker}` || row.plan !== `plan-${marker}`)
        fault(`the acknowledged publish ${marker} is not revision ${revision}: ${JSON.stringify(row ?? null)}`);
    }
    const comments = rows.map(({ comment }) => comment).filter((comment) => /^marker /.test(comment));
    if (new Set(comments).size !== comments.length) fault("a publish became two revisions");
  }

  async function newest() {
    const [row] = await database.query(`
      select r.number, g.root_hash, s.body->>'plan' as plan from revision r join revision_group g on g.revision = r.number
      join section s on s.hash = r.manifest->>'tenants/${TENANT}' order by r.number desc limit 1`);
    return { revision: Number(row?.number), rootHash: String(row?.root_hash), marker: Number(String(row?.plan).slice("plan-".length)) };
  }

  /** @template T @param {string} what @param {() => T | null | Promise<T | null>} look @returns {Promise<T>} */
  async function eventually(what, look) {
    const end = performance.now() + CONVERGE_MS;
    for (;;) {
      const seen = await look();
      if (seen !== null) return seen;
      if (performance.now() > end) throw new Error(`in ${CONVERGE_MS / 1_000} s it did not happen: ${what}`);
      await pause(10);
    }
  }

  return {
    /** @param {{ marker: number, revision: number }} publish */
    acknowledged({ marker, revision }) {
      if (acknowledged.has(revision)) fault(`revision ${revision} was acknowledged to two publishers`);
      acknowledged.set(revision, marker);
    },
    async verify() {
      await verifyNumbers();
      await verifyRevisions();
      await verifyAcknowledged();
    },
    /** All nodes run the newest revision, to its root hash. @returns what it is */
    async converged() {
      const target = await newest();
      await eventually(`the nodes run revision ${target.revision}`, () =>
        nodes.every(({ running }) => running?.revision === target.revision && running.rootHash === target.rootHash) ? true : null,
      );
      return target;
    },
    /** @param {string} name @param {number} marker @param {() => number | null} last */
    async decidesBy(name, marker, last) {
      await eventually(`${name} decides requests by ${marker}`, () => (last() === marker ? true : null));
    },
    /** Revisions that were made, and those of them that were acknowledged. */
    counts: async () => ({ revisions: (await newest()).revision, acknowledged: acknowledged.size }),
  };
}
