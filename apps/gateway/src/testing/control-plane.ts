import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { contentKeyId, sealSecret, sha256Hex } from "@sallyport/pipeline-node";
import {
  CONTENT_KEY_JWE,
  contentKeyOf,
  type Ed25519PublicJwk,
  ENCRYPTION_KEY_TYP,
  ENVELOPE_TYP,
  installationHash,
  type Manifest,
  type RevisionEnvelope,
  rootHash,
  SEALED_SECTIONS,
  type SecretsSection,
  type Section,
  x25519PublicJwk,
} from "@sallyport/snapshot";
import {
  type DeliveryReport,
  type EventsRequest,
  enrolProofClaims,
  enrolRequest,
  eventsRequest,
  type HeartbeatRequest,
  heartbeatRequest,
  NODE_TOKEN_AUDIENCE,
  NODE_TOKEN_TYP,
  PACKED_MEDIA_TYPE,
  type SecurityEvent,
  type SyncRequest,
  syncRequest,
  type WrappedContentKey,
} from "@sallyport/snapshot/protocol";
import { listen } from "@sallyport/testkit";
import { CompactEncrypt, CompactSign, calculateJwkThumbprint, compactVerify, importJWK, jwtVerify } from "jose";
import { hashOf, nameOf } from "./sections.js";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: Ed25519PublicJwk;
}

export async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const jwk = { kty: "OKP", crv: "Ed25519", x: String(x) } as const;
  return { privateKey, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk) } };
}

/** What one poll can be answered with. */
export interface Delivery {
  envelope: string;
  base: string | null;
  manifest: Manifest;
  changed: Record<string, unknown>;
  removed: string[];
  trustedKeys: Ed25519PublicJwk[];
}

interface Published {
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
  readonly deliveries: Delivery[] = [];
  key: SigningKey;
  /** Keys that enrolments and deliveries carry. */
  trustedKeys: Ed25519PublicJwk[];
  /** Changes an answer before it goes out. */
  tamper: ((delivery: Delivery) => Delivery) | null = null;
  /** Content keys by their id; those that are here are handed out. */
  readonly contentKeys = new Map<string, Buffer>();
  /** Changes a content key before it goes out. */
  tamperKey: ((wrapped: WrappedContentKey) => WrappedContentKey) | null = null;
  /** Answers events with this status instead of taking them. */
  refuseEvents: number | null = null;
  /** Takes the batch and loses the answer. */
  loseEventAnswers = 0;
  enrolments = 0;
  url = "";
  #port = 0;
  #server: Server | null = null;
  readonly #joinHashes = new Map<string, boolean>();
  readonly #nodes = new Map<string, Ed25519PublicJwk>();
  readonly #published: Published[] = [];
  #nacked = 0;
  readonly #waiting = new Set<() => void>();

  readonly #now: () => number;

  private constructor(key: SigningKey, now: () => number) {
    this.key = key;
    this.#now = now;
    this.trustedKeys = [key.jwk];
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

  joinToken(key: Ed25519PublicJwk = this.key.jwk): string {
    const token = `spj_${randomBytes(32).toString("base64url")}.${key.kid}`;
    this.#joinHashes.set(createHash("sha256").update(token).digest("hex"), false);
    return token;
  }

  /** The secrets of a group, sealed with this content key as a control plane would. @param values by `tenant/name` */
  secretsSection(key: Buffer, values: Readonly<Record<string, string>>, group = this.group): SecretsSection {
    const id = contentKeyId(key);
    this.contentKeys.set(id, key);
    const items = Object.entries(values).map(([itemName, value]) => {
      const [tenant = "", name = ""] = itemName.split("/");
      return [itemName, { version: 1, sealed: sealSecret(key, { fleet: this.fleet, group, tenant, name, version: 1 }, value) }] as const;
    });
    return { kind: "secrets", contentKey: id, items: Object.fromEntries(items) };
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
      manifest: latest.manifest,
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
      const node = await this.#nodeOf(request.headers.authorization ?? "");
      if (node === null) return send(401, { title: "Not a node of this fleet" });
      switch (request.url) {
        case "/api/node/v1/sync":
          return send(200, await this.#sync(syncRequest.parse(body), response, node));
        case "/api/node/v1/heartbeat":
          this.beats.push(heartbeatRequest.parse(body));
          return send(200, { now: new Date().toISOString(), nextHeartbeatMs: 1_000 });
        case "/api/node/v1/events":
          return this.#takeEvents(eventsRequest.parse(body), send, response);
        default:
          return send(404, { title: "Not found" });
      }
    } catch (error) {
      send(400, { title: String(error) });
    }
  }

  async #enrol(body: unknown): Promise<[number, unknown]> {
    const { joinToken, publicKey, proof, name } = enrolRequest.parse(body);
    const hash = createHash("sha256").update(joinToken).digest("hex");
    const { payload, protectedHeader } = await compactVerify(proof, await importJWK(publicKey, "EdDSA"), { algorithms: ["EdDSA"] });
    const claims = enrolProofClaims.parse(JSON.parse(new TextDecoder().decode(payload)));
    if (protectedHeader.typ !== NODE_TOKEN_TYP || claims.joinTokenHash !== hash || claims.sub !== publicKey.kid) return [400, { title: "No proof" }];
    if (this.#joinHashes.get(hash) !== false) return [401, { title: "The join token is unknown or used" }];
    this.#joinHashes.set(hash, true);
    this.enrolments += 1;
    const nodeId = randomUUID();
    this.#nodes.set(nodeId, publicKey);
    return [200, { nodeId, name: name ?? "node-1", group: this.group, fleet: this.fleet, trustedKeys: this.trustedKeys }];
  }

  async #nodeOf(authorization: string): Promise<Ed25519PublicJwk | null> {
    const token = authorization.replace(/^Bearer /, "");
    for (const [nodeId, jwk] of this.#nodes) {
      try {
        await jwtVerify(token, await importJWK(jwk, "EdDSA"), {
          algorithms: ["EdDSA"],
          issuer: nodeId,
          subject: nodeId,
          audience: NODE_TOKEN_AUDIENCE,
          typ: NODE_TOKEN_TYP,
          maxTokenAge: 90,
          currentDate: new Date(this.#now()),
        });
        return jwk;
      } catch {
        // Another node's key, or none's.
      }
    }
    return null;
  }

  /** The content key of the newest revision, for a node that does not keep it. */
  async #keyFor({ encryptionKey = "", contentKeys = [] }: SyncRequest, node: Ed25519PublicJwk): Promise<WrappedContentKey | null> {
    const sealed = SEALED_SECTIONS.map((name) => contentKeyOf(this.latest?.sections.get(name)));
    const id = sealed.find((each) => each !== null) ?? null;
    const key = id === null ? undefined : this.contentKeys.get(id);
    if (id === null || key === undefined || contentKeys.includes(id)) return null;
    const { payload, protectedHeader } = await compactVerify(encryptionKey, await importJWK(node, "EdDSA"), { algorithms: ["EdDSA"] });
    if (protectedHeader.typ !== ENCRYPTION_KEY_TYP) throw new Error("this is no statement of an encryption key");
    const { alg, enc } = CONTENT_KEY_JWE;
    const to = await importJWK(x25519PublicJwk.parse(JSON.parse(new TextDecoder().decode(payload))), alg);
    const jwe = await new CompactEncrypt(key).setProtectedHeader({ alg, enc, kid: id }).encrypt(to);
    const wrapped = { id, jwe };
    return this.tamperKey === null ? wrapped : this.tamperKey(wrapped);
  }

  async #sync(poll: SyncRequest, response: ServerResponse, node: Ed25519PublicJwk): Promise<unknown> {
    this.polls.push(poll);
    if (poll.delivery !== undefined) {
      this.reports.push(poll.delivery);
    }
    const everything = this.#takeNack(poll);
    const until = Date.now() + poll.waitMs;
    for (;;) {
      const key = await this.#keyFor(poll, node);
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
