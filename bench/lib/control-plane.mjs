import { createHash, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { ENVELOPE_TYP, installationHash, nameOfSection, rootHash, sectionHash } from "@sallyport/snapshot";
import { enrolRequest, syncRequest } from "@sallyport/snapshot/protocol";
import { listen } from "@sallyport/testkit";
import { CompactSign, calculateJwkThumbprint } from "jose";

const sha256 = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");
const APPLY_MS = 120_000;
const UNCHANGED = JSON.stringify({ kind: "unchanged", retryAfterMs: 0 });

/**
 * The control plane of one gateway under test, as the node protocol describes it: enrolment, signed revisions over long polls.
 * It is on loopback and believes whoever calls.
 */
export async function startControlPlane() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const bare = { kty: "OKP", crv: "Ed25519", x: String(publicKey.export({ format: "jwk" }).x) };
  const key = { ...bare, kid: await calculateJwkThumbprint(bare) };
  const fleet = randomUUID();
  /** @type {{ revision: number, text: string } | null} */
  let latest = null;
  /** Of the revision that was published, or prepared, last. */
  let last = { revision: 0, rootHash: "", manifest: /** @type {Record<string, string>} */ ({}) };
  let away = false;
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** @type {Set<() => void>} */
  const waiting = new Set();
  /** @type {Set<(report: { outcome: string, revision: number, errors?: unknown }) => void>} */
  const reporting = new Set();

  const enrol = (/** @type {unknown} */ body) => {
    const { name } = enrolRequest.parse(body);
    return { nodeId: randomUUID(), name: name ?? "bench", group: "default", fleet, trustedKeys: [key] };
  };

  const sync = async (/** @type {unknown} */ body) => {
    const poll = syncRequest.parse(body);
    if (poll.delivery !== undefined) for (const tell of reporting) tell(poll.delivery);
    if (latest === null || latest.revision === poll.revision) {
      await new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(undefined);
        };
        const timer = setTimeout(wake, poll.waitMs);
        timer.unref();
        waiting.add(wake);
      });
    }
    return latest === null || latest.revision === poll.revision ? UNCHANGED : latest.text;
  };

  const running = await listen(async (request, response) => {
    if (away) return void request.socket.destroy();
    const { socket } = request;
    if (!sockets.has(socket)) socket.once("close", () => sockets.delete(socket));
    sockets.add(socket);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const answers = {
      "/api/node/v1/enrol": () => JSON.stringify(enrol(body)),
      "/api/node/v1/sync": () => sync(body),
      "/api/node/v1/heartbeat": () => JSON.stringify({ now: new Date().toISOString(), nextHeartbeatMs: 5_000 }),
      "/api/node/v1/events": () => JSON.stringify({ accepted: body.events.length, duplicates: 0 }),
    };
    const answer = answers[/** @type {keyof typeof answers} */ (request.url)];
    if (answer === undefined) return void response.writeHead(404).end();
    const text = await answer();
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
  });

  /**
   * A signed answer with what differs from the last one.
   * @param {{ manifest: Record<string, string>, sections: readonly import("@sallyport/snapshot").Section[], isDelta: boolean }} content
   */
  async function sign({ manifest, sections, isDelta }) {
    const revision = last.revision + 1;
    const claims = {
      ...{ fleet, group: "default", schemaVersion: 1, revision, parent: revision - 1, epoch: 1, empty: false },
      rootHash: rootHash(manifest, sha256),
      installationHash: installationHash(manifest, sha256),
      created: new Date().toISOString(),
    };
    const envelope = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "EdDSA", typ: ENVELOPE_TYP, kid: key.kid })
      .sign(privateKey);
    const changed = Object.fromEntries(sections.map((section) => [nameOfSection(section), section]));
    const against = isDelta ? { base: last.rootHash, manifest: null } : { base: null, manifest };
    last = { revision, rootHash: claims.rootHash, manifest };
    return { revision, text: JSON.stringify({ kind: "update", envelope, ...against, changed, removed: [], trustedKeys: [key] }) };
  }

  /** @param {{ revision: number, text: string }} answer */
  async function send(answer, sent = () => /** @type {unknown} */ (undefined)) {
    const applied = reportOn(answer.revision);
    latest = answer;
    await sent();
    for (const wake of waiting) wake();
    await applied;
  }

  return {
    url: running.url,
    joinToken: () => `spj_${randomBytes(32).toString("base64url")}.${key.kid}`,
    /**
     * Signs a revision of these sections and waits until the node runs it.
     * @param {readonly import("@sallyport/snapshot").Section[]} sections
     * @param {() => unknown} sent called when the answer stands ready as bytes and goes out
     * @throws when the node refuses it
     */
    async publish(sections, sent = () => undefined) {
      const manifest = Object.fromEntries(sections.map((section) => [nameOfSection(section), sectionHash(section, sha256)]));
      await send(await sign({ manifest, sections, isDelta: false }), sent);
    },
    /**
     * Revisions of one changed section each, one on top of the other, signed ahead so that publishing them takes next to no CPU time.
     * @param {readonly import("@sallyport/snapshot").Section[]} changes
     * @returns what publishes the next of them, and waits until the node runs it
     */
    async prepare(changes) {
      /** @type {{ revision: number, text: string }[]} */
      const answers = [];
      for (const section of changes) {
        const manifest = { ...last.manifest, [nameOfSection(section)]: sectionHash(section, sha256) };
        answers.push(await sign({ manifest, sections: [section], isDelta: true }));
      }
      return async () => {
        const answer = answers.shift();
        if (answer === undefined) throw new Error("fewer revisions were prepared than are published");
        await send(answer);
      };
    },
    /** As if it were gone: every call is cut off. @param {boolean} value */
    setAway(value) {
      away = value;
      if (away) for (const socket of sockets) socket.destroy();
    },
    close: running.close,
  };

  /** @param {number} revision */
  function reportOn(revision) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the gateway did not apply revision ${revision} in ${APPLY_MS / 1_000} s`)), APPLY_MS);
      const tell = (/** @type {{ outcome: string, revision: number, errors?: unknown }} */ report) => {
        if (report.revision !== revision) return;
        clearTimeout(timer);
        reporting.delete(tell);
        if (report.outcome === "ack") resolve(undefined);
        else reject(new Error(`the gateway refused revision ${revision}: ${JSON.stringify(report.errors)}`));
      };
      reporting.add(tell);
    });
  }
}
