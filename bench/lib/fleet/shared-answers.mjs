import { hash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { assemble, verifyEnvelope } from "@sallyport/gateway/fleet-member";
import { PACKED_MEDIA_TYPE } from "@sallyport/snapshot/protocol";
import { Client, Pool } from "undici";

/**
 * @typedef {import("@sallyport/gateway/fleet-member").ControlPlaneClient} ControlPlaneClient
 * @typedef {import("@sallyport/gateway/fleet-member").UnverifiedRevision} UnverifiedRevision
 * @typedef {import("@sallyport/gateway/fleet-member").VerifiedRevision} VerifiedRevision
 * @typedef {import("@sallyport/gateway/fleet-member").Checked<VerifiedRevision>} CheckedRevision
 */

const SYNC = "/api/node/v1/sync";
/** Smaller answers are nobody's but one node's. */
const SHARED_BYTES = 1_024;
const MOST_KEPT = 8;

/**
 * What a thousand nodes of one process share, so that neither their memory nor their one CPU is the measure: the same bytes are unpacked,
 * parsed and proven once, in the gateway's own way, and every node that gets them has the result. Each reads, hashes and compares its own copy.
 * @param {string} url of the control plane
 */
export function createSharedAnswers(url) {
  // Enrolments, heartbeats and events. A poll has its node's own connection.
  const pool = new Pool(url, { connections: 32, pipelining: 1 });
  /** By the digest of an answer's bytes. @type {Map<string, unknown>} */
  const parsed = new Map();
  /** What came of a delivery at a node that ran the named revision. @type {WeakMap<UnverifiedRevision, Map<string, Promise<CheckedRevision>>>} */
  const proofs = new WeakMap();
  const counts = { polls: 0, updates: 0, full: 0, bytes: 0, failed: 0 };

  /** @param {string} path @param {Buffer} bytes @param {boolean} packed @param {{ parse(value: unknown): unknown }} schema */
  const read = (path, bytes, packed, schema) => {
    const parse = () => schema.parse(JSON.parse((packed ? gunzipSync(bytes) : bytes).toString("utf8")));
    if (path !== SYNC || bytes.length < SHARED_BYTES) return parse();
    const digest = hash("sha256", bytes);
    const known = parsed.get(digest);
    if (known !== undefined) return known;
    const value = parse();
    parsed.set(digest, value);
    const [oldest] = parsed.keys();
    if (parsed.size > MOST_KEPT && oldest !== undefined) parsed.delete(oldest);
    return value;
  };

  return {
    counts,
    /** One node's way to its control plane. @returns {ControlPlaneClient} */
    client() {
      const polls = new Client(url, { pipelining: 1 });
      return {
        async post(path, { token, body, answer, timeoutMs, signal }) {
          // As in the gateway, not AbortSignal.any: it keeps something of every call for as long as the node lives.
          const ending = new AbortController();
          const stop = () => ending.abort();
          const timer = setTimeout(stop, timeoutMs);
          signal?.addEventListener("abort", stop);
          if (signal?.aborted) stop();
          try {
            const response = await (path === SYNC ? polls : pool).request({
              path,
              method: "POST",
              headers: {
                accept: `application/json, ${PACKED_MEDIA_TYPE}`,
                "content-type": "application/json",
                ...(token === null ? {} : { authorization: `Bearer ${token}` }),
              },
              body: JSON.stringify(body),
              signal: ending.signal,
              headersTimeout: timeoutMs,
              bodyTimeout: timeoutMs,
            });
            const bytes = Buffer.from(await response.body.arrayBuffer());
            if (response.statusCode !== 200) {
              counts.failed += 1;
              return { ok: false, status: response.statusCode, message: `${response.statusCode}: ${bytes.toString("utf8", 0, 300)}` };
            }
            const packed = String(response.headers["content-type"]).startsWith(PACKED_MEDIA_TYPE);
            const value = /** @type {any} */ (read(path, bytes, packed, answer));
            if (path === SYNC) {
              counts.polls += 1;
              counts.bytes += bytes.length;
              if (value.kind === "update") counts.updates += 1;
              if (value.kind === "update" && value.base === null) counts.full += 1;
            }
            return { ok: true, value };
          } catch (error) {
            if (signal?.aborted !== true) counts.failed += 1;
            return { ok: false, status: null, message: String(error) };
          } finally {
            clearTimeout(timer);
            signal?.removeEventListener("abort", stop);
          }
        },
        close: () => polls.destroy(),
      };
    },
    /**
     * Signature, hashes and sections of a delivery, by the gateway's own modules.
     * @param {UnverifiedRevision} delivery
     * @param {VerifiedRevision | null} base what the node runs
     * @param {() => Parameters<typeof verifyEnvelope>[1]} expectations
     * @returns {Promise<CheckedRevision>}
     */
    prove(delivery, base, expectations) {
      const known = proofs.get(delivery) ?? new Map();
      proofs.set(delivery, known);
      const proof = known.get(base?.jws ?? "") ?? proveAlone(delivery, base, expectations());
      known.set(base?.jws ?? "", proof);
      return proof;
    },
    close: () => pool.destroy(),
  };
}

/** @typedef {ReturnType<typeof createSharedAnswers>} SharedAnswers */

/**
 * @param {UnverifiedRevision} delivery
 * @param {VerifiedRevision | null} base
 * @param {Parameters<typeof verifyEnvelope>[1]} expected
 */
async function proveAlone(delivery, base, expected) {
  const envelope = await verifyEnvelope(delivery.envelope, expected);
  return envelope.ok ? assemble(envelope.value, delivery, base) : envelope;
}
