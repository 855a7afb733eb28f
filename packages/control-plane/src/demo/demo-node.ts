import { createHash, generateKeyPairSync } from "node:crypto";
import { SCHEMA_VERSION } from "@sallyport/snapshot";
import { type DecisionCount, NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP, type SyncRequest } from "@sallyport/snapshot/protocol";
import { CompactSign, calculateJwkThumbprint, decodeJwt, SignJWT } from "jose";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import type { DemoWorld } from "./seed-configuration.js";

const VERSION = "0.1.0";
/** How long the word of a revision may take to the polls that wait for it, ms. */
const PATIENCE_MS = 25_000;

/** A node of the demo's past. It speaks the protocol of nodes, under the world's clock, and serves nobody. */
export interface DemoNode {
  readonly name: string;
  /** What it runs; null before its first snapshot. */
  readonly revision: number | null;
  /** Says that it is there. */
  beat(): Promise<void>;
  /** Takes what it is offered, until that is this revision, and says so a moment later. */
  take(revision: number): Promise<void>;
  /** Tells of decisions. */
  tell(counts: readonly DecisionCount[]): Promise<void>;
}

/** Enrols one with a join token of its own. @param by who makes the token */
export async function enrolDemoNode(world: DemoWorld, name: string, by: Actor): Promise<DemoNode> {
  const { controlPlane: cp, deps, at } = world;
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const half = { kty: "OKP" as const, crv: "Ed25519" as const, x: String(publicKey.export({ format: "jwk" }).x) };
  const kid = await calculateJwkThumbprint(half);
  const header = { alg: "EdDSA", typ: NODE_TOKEN_TYP, kid };
  const seconds = () => Math.floor(deps.clock.now() / 1_000);
  const { token: joinToken } = await cp.joinTokens.create(by, { group: "default", label: name });
  const joinTokenHash = createHash("sha256").update(joinToken).digest("hex");
  const claims = { aud: NODE_TOKEN_AUDIENCE, sub: kid, iat: seconds(), joinTokenHash };
  const proof = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(privateKey);
  const { nodeId } = await cp.nodeApi.enrol(
    { joinToken, publicKey: { ...half, kid }, proof, name, version: VERSION, schemaVersions: [SCHEMA_VERSION] },
    { ip: "203.0.113.24", userAgent: null, requestId: uuidv7() },
  );
  const startedAt = new Date(deps.clock.now()).toISOString();
  let running: Pick<SyncRequest, "revision" | "epoch" | "rootHash" | "installationHash"> = {
    ...{ revision: null, epoch: null, rootHash: null, installationHash: null },
  };

  const authenticated = async () => {
    const token = new SignJWT().setProtectedHeader(header).setIssuer(nodeId).setSubject(nodeId).setAudience(NODE_TOKEN_AUDIENCE);
    return cp.nodeApi.authenticate(
      await token
        .setIssuedAt(seconds())
        .setExpirationTime(seconds() + 60)
        .sign(privateKey),
    );
  };
  const poll = async (more: Partial<SyncRequest>) =>
    cp.nodeApi.sync(
      await authenticated(),
      { ...running, schemaVersions: [SCHEMA_VERSION], waitMs: 0, ...more },
      { signal: AbortSignal.timeout(PATIENCE_MS) },
    );

  return {
    name,
    get revision() {
      return running.revision;
    },
    async beat() {
      const now = new Date(deps.clock.now()).toISOString();
      const quiet = { requestsPerSecond: 0, refusedPerSecond: 0, pipelineP50Us: null, pipelineP95Us: null, problems: [], jwks: [] };
      const { revision, epoch, rootHash } = running;
      await cp.nodeApi.heartbeat(await authenticated(), {
        ...{ revision, epoch, rootHash, version: VERSION, startedAt, clock: now, ready: true, draining: false },
        ...quiet,
      });
    },
    async take(revision) {
      const answer = await poll({ waitMs: PATIENCE_MS });
      const offered: unknown = answer.kind === "update" ? decodeJwt(answer.envelope).revision : null;
      if (answer.kind !== "update" || offered !== revision)
        throw new Error(`${name} of the demo was to be offered revision ${revision}, and was not.`);
      const { epoch, rootHash, installationHash } = decodeJwt<{ epoch: number; rootHash: string; installationHash: string }>(answer.envelope);
      running = { revision, epoch, rootHash, installationHash };
      // From 0.6 to 1.6 s after it was published, the same at every run.
      const [slowness = 0] = createHash("sha256").update(`${name}/${revision}`).digest();
      at(deps.clock.now() + 600 + slowness * 4);
      const appliedAt = new Date(deps.clock.now()).toISOString();
      await poll({ delivery: { outcome: "ack", revision, epoch, rootHash, appliedAt, applyMs: 8 + slowness / 20 } });
    },
    async tell(counts) {
      await cp.nodeApi.events(await authenticated(), { batch: uuidv7(), events: [], counts: [...counts], dropped: 0 });
    },
  };
}
