import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { sha256Hex } from "@sallyport/pipeline-node";
import {
  type Ed25519PublicJwk,
  ENVELOPE_TYP,
  installationHash,
  type Manifest,
  type RevisionEnvelope,
  rootHash,
  type Section,
} from "@sallyport/snapshot";
import {
  type ActiveRecording,
  type DeliveryReport,
  type EventsRequest,
  eventsRequest,
  type HeartbeatRequest,
  heartbeatRequest,
  type LimitsRequest,
  limitsRequest,
  NODE_REVOKED_TYP,
  PACKED_MEDIA_TYPE,
  type SecurityEvent,
  type SyncRequest,
  syncRequest,
} from "@sallyport/snapshot/protocol";
import { listen } from "@sallyport/testkit";
import { CompactSign, decodeProtectedHeader } from "jose";
import { EnrolledNodes } from "./enrolled-nodes.js";
import { SealingKeys } from "./sealing-keys.js";
import { hashOf, nameOf } from "./sections.js";
import { makeSigningKey, type SigningKey } from "./signing-key.js";

/** What one poll can be answered with. */
export interface Delivery {
  envelope: string;
  base: string | null;
  manifest: Manifest | null;
  changed: Record<string, unknown>;
  removed: string[];
  trustedKeys: Ed25519PublicJwk[];
}

/** A revision that is signed. */
export interface Published {
  readonly envelope: string;
  readonly claims: RevisionEnvelope;
  readonly manifest: Manifest;
  readonly sections: ReadonlyMap<string, Section>;
}

/**
 * A control plane of real parts over real HTTP: join tokens, node tokens, signed envelopes, deltas, long polls.
 * It keeps what nodes report, and can be told to lie.
 */
export class TestControlPlane {
  readonly fleet = randomUUID();
  readonly group = "default";
  readonly polls: SyncRequest[] = [];
  readonly reports: DeliveryReport[] = [];
  readonly beats: HeartbeatRequest[] = [];
  readonly batches = new Map<string, EventsRequest>();
  readonly events = new Map<string, SecurityEvent>();
  readonly limitReports = new Map<string, LimitsRequest>();
  /** What nodes are asked to record; null: they are not known to record anything, as an older control plane. */
  recordings: ActiveRecording[] | null = [];
  unknownLimitReports = 0;
  readonly deliveries: Delivery[] = [];
  key: SigningKey;
  /** Keys that enrolments and deliveries carry. */
  trustedKeys: Ed25519PublicJwk[];
  /** Does not know that nodes can make manifests themselves, as an older control plane: refuses polls that say so, and sends them whole. */
  wholeManifests = false;
  /** Does not know that nodes renew their keys, as an older control plane: refuses heartbeats that say so, and has no such call. */
  renewsNoKeys = false;
  /** Asks every node to renew its keys, with each heartbeat. */
  asksToRenew = false;
  /** Takes renewals, and loses this many answers. */
  loseRenewalAnswers = 0;
  /** Renewals that came out. */
  renewals = 0;
  /** `kid` of each call by a node's key, in order; a key that is not known is there, too. */
  readonly calledBy: string[] = [];
  /** Changes an answer before it goes out. */
  tamper: ((delivery: Delivery) => Delivery) | null = null;
  /** Seals secrets, and hands out the keys to them. */
  readonly sealing: SealingKeys;
  /** What polls are answered with in place of anything else: the word that the node is revoked. */
  #notice: string | null = null;
  /** Answers events with this status instead of taking them. */
  refuseEvents: number | null = null;
  /** Takes the batch and loses the answer. */
  loseEventAnswers = 0;
  readonly #nodes: EnrolledNodes;
  url = "";
  #port = 0;
  #server: Server | null = null;
  readonly #published: Published[] = [];
  #nacked = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(key: SigningKey, now: () => number) {
    this.key = key;
    this.trustedKeys = [key.jwk];
    this.#nodes = new EnrolledNodes(now);
    this.sealing = new SealingKeys(this.fleet, this.group);
  }

  /** @param now its wall clock, ms since the epoch */
  static async start(now: () => number = Date.now): Promise<TestControlPlane> {
    const plane = new TestControlPlane(await makeSigningKey(), now);
    await plane.up();
    return plane;
  }

  async up(): Promise<void> {
    const running = await listen((request, response) => void this.#answer(request, response), this.#port);
    this.url = running.url;
    this.#port = running.port;
    this.#server = running.server;
  }

  /** Every connection ends, as when the process dies. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  get enrolments(): number {
    return this.#nodes.enrolments;
  }

  /** Keys that were given up are good no more. */
  endOverlaps(): void {
    this.#nodes.endOverlaps();
  }

  /** It is restored from a backup, from before each node's last renewal. */
  restore(): void {
    this.#nodes.restore();
  }

  joinToken(key: Ed25519PublicJwk = this.key.jwk): string {
    return this.#nodes.joinToken(key);
  }

  get latest(): Published | undefined {
    return this.#published.at(-1);
  }

  /** Signs and offers a revision of these sections. */
  async publish(sections: readonly Section[], claims: Partial<RevisionEnvelope> = {}, key: SigningKey = this.key): Promise<RevisionEnvelope> {
    const published = await this.sign(sections, claims, key);
    this.#published.push(published);
    for (const wake of this.#waiting) wake();
    return published.claims;
  }

  async sign(sections: readonly Section[], claims: Partial<RevisionEnvelope> = {}, key: SigningKey = this.key): Promise<Published> {
    const byName = new Map(sections.map((section) => [nameOf(section), section]));
    const manifest: Manifest = Object.fromEntries([...byName].map(([name, section]) => [name, hashOf(section)]));
    const parent = this.latest?.claims.revision ?? 0;
    const envelope: RevisionEnvelope = {
      fleet: this.fleet,
      group: this.group,
      schemaVersion: 1,
      revision: parent + 1,
      parent,
      epoch: 1,
      rootHash: rootHash(manifest, sha256Hex),
      installationHash: installationHash(manifest, sha256Hex),
      empty: false,
      created: new Date().toISOString(),
      ...claims,
    };
    const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(envelope)))
      .setProtectedHeader({ alg: "EdDSA", typ: ENVELOPE_TYP, kid: key.jwk.kid })
      .sign(key.privateKey);
    return { envelope: jws, claims: envelope, manifest, sections: byName };
  }

  /** Tells every node that the one of these claims is revoked. @param how signed by another key, or under another `typ` */
  async revoke(claims: Record<string, unknown>, how: { readonly key?: SigningKey; readonly typ?: string } = {}): Promise<void> {
    const { key = this.key, typ = NODE_REVOKED_TYP } = how;
    this.#notice = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "EdDSA", typ, kid: key.jwk.kid })
      .sign(key.privateKey);
    for (const wake of this.#waiting) wake();
  }

  /** Remembers what a node refuses. @returns whether it is to be sent once more, with everything */
  #takeNack({ delivery, rootHash: runs }: SyncRequest): boolean {
    if (delivery?.outcome !== "nack") return false;
    const first = this.#nacked !== delivery.revision;
    this.#nacked = delivery.revision;
    return first && runs !== null && delivery.errors.every(({ code }) => code === "hash_mismatch");
  }

  #deliveryFor(poll: SyncRequest, everything: boolean): Delivery | null {
    const latest = this.latest;
    if (latest === undefined || (latest.claims.revision === this.#nacked && !everything)) return null;
    const { revision, epoch, rootHash: runs, installationHash: installed } = poll;
    const current = runs === latest.claims.rootHash && installed === latest.claims.installationHash;
    if (current && revision === latest.claims.revision && epoch === latest.claims.epoch) return null;
    const base = everything
      ? null
      : (this.#published.findLast(({ claims }) => claims.rootHash === runs && claims.installationHash === installed) ?? null);
    const changed: Record<string, unknown> = {};
    for (const [name, section] of latest.sections) if (base?.manifest[name] !== latest.manifest[name]) changed[name] = section;
    const removed = Object.keys(base?.manifest ?? {}).filter((name) => !(name in latest.manifest));
    const delivery = {
      envelope: latest.envelope,
      base: base === null ? null : runs,
      manifest: base !== null && poll.manifestDelta === true && !this.wholeManifests ? null : latest.manifest,
      changed,
      removed,
      trustedKeys: this.trustedKeys,
    };
    const sent = this.tamper === null ? delivery : this.tamper(structuredClone(delivery));
    this.deliveries.push(sent);
    return sent;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const packs = request.headers.accept?.includes(PACKED_MEDIA_TYPE) === true;
    const send = (status: number, body: unknown): void => {
      const bytes = Buffer.from(JSON.stringify(body));
      response.writeHead(status, { "content-type": packs ? PACKED_MEDIA_TYPE : "application/json" });
      response.end(packs ? gzipSync(bytes) : bytes);
    };
    try {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      if (request.url === "/api/node/v1/enrol") return send(...(await this.#enrol(body)));
      this.calledBy.push(String(decodeProtectedHeader(request.headers.authorization?.slice(7) ?? "").kid));
      const node = await this.#nodes.authenticated(request.headers.authorization ?? "");
      if (node === null) return send(401, { title: "Not a node of this fleet" });
      switch (request.url) {
        case "/api/node/v1/sync":
          if (this.wholeManifests && (body as SyncRequest).manifestDelta === true) return send(422, { title: "manifestDelta is unknown" });
          return send(200, await this.#sync(syncRequest.parse(body), response, node));
        case "/api/node/v1/heartbeat":
          if (this.renewsNoKeys && (body as HeartbeatRequest).renewsKey === true) return send(422, { title: "renewsKey is unknown" });
          this.beats.push(heartbeatRequest.parse(body));
          return send(200, { now: new Date().toISOString(), nextHeartbeatMs: 1_000, ...(this.asksToRenew ? { renewKey: true } : {}) });
        case "/api/node/v1/renew-key": {
          if (this.renewsNoKeys) return send(404, { title: "Not found" });
          const { status, answer } = await this.#nodes.renew(body);
          if (status === 200) this.renewals += 1;
          if (status !== 200 || this.loseRenewalAnswers === 0) return send(status, answer);
          this.loseRenewalAnswers -= 1;
          response.destroy();
          return;
        }
        case "/api/node/v1/events":
          return this.#takeEvents(eventsRequest.parse(body), send, response);
        case "/api/node/v1/limits": {
          if (this.recordings === null) {
            this.unknownLimitReports += 1;
            return send(404, { title: "Not found" });
          }
          const report = limitsRequest.parse(body);
          this.limitReports.set(report.batch, report);
          return send(200, { recordings: this.recordings });
        }
        default:
          return send(404, { title: "Not found" });
      }
    } catch (error) {
      send(400, { title: String(error) });
    }
  }

  async #enrol(body: unknown): Promise<[number, unknown]> {
    const enrolled = await this.#nodes.enrol(body);
    if ("refused" in enrolled) return [enrolled.status, { title: enrolled.refused }];
    return [200, { ...enrolled, group: this.group, fleet: this.fleet, trustedKeys: this.trustedKeys }];
  }

  async #sync(poll: SyncRequest, response: ServerResponse, node: Ed25519PublicJwk): Promise<unknown> {
    this.polls.push(poll);
    if (poll.delivery !== undefined) this.reports.push(poll.delivery);
    const everything = this.#takeNack(poll);
    const until = Date.now() + poll.waitMs;
    for (;;) {
      if (this.#notice !== null) return { kind: "revoked", notice: this.#notice };
      const key = await this.sealing.keyFor(this.latest?.sections, poll, node);
      if (key !== null) return { kind: "unchanged", retryAfterMs: 0, contentKeys: [key] };
      const delivery = this.#deliveryFor(poll, everything);
      if (delivery !== null) return { kind: "update", ...delivery };
      const left = until - Date.now();
      if (left <= 0 || response.destroyed) return { kind: "unchanged", retryAfterMs: 0 };
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
        response.once("close", wake);
      });
    }
  }

  #takeEvents(batch: EventsRequest, send: (status: number, body: unknown) => void, response: ServerResponse): void {
    if (this.refuseEvents !== null) {
      send(this.refuseEvents, { title: "Not now" });
      return;
    }
    let duplicates = 0;
    this.batches.set(batch.batch, batch);
    for (const event of batch.events) {
      if (this.events.has(event.id)) duplicates += 1;
      this.events.set(event.id, event);
    }
    if (this.loseEventAnswers > 0) {
      this.loseEventAnswers -= 1;
      response.destroy();
      return;
    }
    send(200, { accepted: batch.events.length - duplicates, duplicates });
  }
}
