import { z } from "zod";
import { ed25519PublicJwk } from "../envelope.js";
import { entityName, sha256Hex, tenantSlug } from "../names.js";
import { manifest, sectionName } from "../sections.js";

/** Every call after enrolment carries `Authorization: Bearer <JWT signed by the node>` (RFC 7523 style): iss = sub = node id, this audience, ≤ 60 s. */
export const NODE_TOKEN_AUDIENCE = "sallyport-control-plane";
/**
 * Media type of an answer that is the JSON of this protocol, packed with gzip (RFC 1952). A node names it in `Accept`. It is a media
 * type and no `Content-Encoding`, because frameworks and proxies on the way drop, add and undo codings as they like.
 */
export const PACKED_MEDIA_TYPE = "application/vnd.sallyport.node+gzip";
export const NODE_TOKEN_TYP = "sallyport-node+jwt";

/** Of the word that a node is revoked; see `nodeRevokedClaims`. */
export const NODE_REVOKED_TYP = "sallyport-node-revoked+jwt";

/**
 * That a node is revoked, signed with a key that the node pins (compact JWS, EdDSA, typ NODE_REVOKED_TYP): it ends for this word, and for nobody
 * else's.
 */
export const nodeRevokedClaims = z.strictObject({
  fleet: z.uuid(),
  /** The node. */
  sub: z.uuid(),
  /** Seconds since the epoch. */
  iat: z.int(),
});

/** `spj_` + 256-bit secret + `.` + thumbprint of the control plane's signing key, which the node pins. */
export const joinToken = z
  .string()
  .regex(/^spj_[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$/, "not a join token: it reads spj_… and stands in the console under Join tokens");

/** Claims of the proof of possession in an enrolment: the node holds the key that it registers, and the join token that it spends. */
export const enrolProofClaims = z.strictObject({
  aud: z.literal(NODE_TOKEN_AUDIENCE),
  /** `kid` of the key that is registered and that signs this proof. */
  sub: z.string().min(1).max(64),
  /** Seconds since the epoch; the control plane accepts a difference of 60 s. */
  iat: z.int(),
  /** SHA-256 of the whole join token's text. */
  joinTokenHash: sha256Hex,
});
export type EnrolProofClaims = z.output<typeof enrolProofClaims>;

/**
 * The public half of the key that the node decrypts with: compact JWS (EdDSA) over an `x25519PublicJwk`, signed with the node's own key,
 * `typ` ENCRYPTION_KEY_TYP. Signed by itself, because whoever could put another key into a call on its way could read every secret after.
 */
const encryptionKeyStatement = z.string().max(2_048);

/** POST /api/node/v1/enrol */
export const enrolRequest = z.strictObject({
  joinToken,
  /** The node's own key; the private half never leaves it. */
  publicKey: ed25519PublicJwk,
  /** Compact JWS over `enrolProofClaims`, signed with the key above (EdDSA), typ NODE_TOKEN_TYP. */
  proof: z.string().max(4096),
  encryptionKey: encryptionKeyStatement.optional(),
  name: entityName.optional(),
  version: z.string().max(32),
  schemaVersions: z.array(z.int().min(1)).min(1).max(10),
});
export type EnrolRequest = z.output<typeof enrolRequest>;
export const enrolResponse = z.strictObject({
  nodeId: z.uuid(),
  name: entityName,
  group: entityName,
  fleet: z.uuid(),
  /** Keys that sign envelopes; one of them has the thumbprint of the join token. */
  trustedKeys: z.array(ed25519PublicJwk).min(1).max(4),
});
export type EnrolResponse = z.output<typeof enrolResponse>;

/** Why a delivery was refused; `path` names the entity (`tenants/acme/routes/main`). */
export const nackError = z.strictObject({
  code: z.enum([
    "bad_signature",
    "wrong_fleet",
    "wrong_group",
    "older_revision",
    "older_epoch",
    "unsupported_schema",
    "invalid_section",
    "hash_mismatch",
    "empty_snapshot",
    "compile_failed",
  ]),
  path: z.string().max(256),
  message: z.string().max(1024),
});
export type NackError = z.output<typeof nackError>;

/** What became of the last delivery. */
export const deliveryReport = z.discriminatedUnion("outcome", [
  z.strictObject({
    outcome: z.literal("ack"),
    revision: z.int().min(1),
    epoch: z.int().min(1),
    rootHash: sha256Hex,
    appliedAt: z.iso.datetime(),
    applyMs: z.number().min(0),
  }),
  z.strictObject({ outcome: z.literal("nack"), revision: z.int().min(0), epoch: z.int().min(0), errors: z.array(nackError).min(1).max(20) }),
]);
export type DeliveryReport = z.output<typeof deliveryReport>;

/** State of the keys of one IdP at one node. */
export const jwksState = z.strictObject({
  tenant: tenantSlug,
  identityProvider: entityName,
  state: z.enum(["unused", "fresh", "stale", "expired", "failing"]),
  kids: z.array(z.string().max(256)).max(100),
  fetchedAt: z.iso.datetime().nullable(),
  lastError: z.string().max(512).nullable(),
});
export type JwksState = z.output<typeof jwksState>;

/** An identity provider whose keys a node is asked about: it has more of them than a heartbeat tells of. */
export const askedProvider = z.strictObject({ tenant: tenantSlug, identityProvider: entityName });
export type AskedProvider = z.output<typeof askedProvider>;

/**
 * How one target of an upstream is at a node. `ejected`: requests to it failed, and it is left out for a while; `down`: it fails the
 * node's own checks.
 */
export const targetState = z.strictObject({
  tenant: tenantSlug,
  upstream: entityName,
  /** As it is declared. */
  target: z.string().max(2_048),
  state: z.enum(["healthy", "ejected", "down"]),
  /** Requests under way. */
  inFlight: z.int().min(0),
  lastError: z.string().max(200).nullable(),
});
export type TargetState = z.output<typeof targetState>;

/** POST /api/node/v1/sync: level-triggered, the node always states what it runs. DESIGN §4. */
export const syncRequest = z.strictObject({
  /** What the node runs; nulls before its first snapshot. */
  revision: z.int().min(1).nullable(),
  epoch: z.int().min(1).nullable(),
  rootHash: sha256Hex.nullable(),
  installationHash: sha256Hex.nullable(),
  schemaVersions: z.array(z.int().min(1)).min(1).max(10),
  /** Absent from a node that cannot take secrets. */
  encryptionKey: encryptionKeyStatement.optional(),
  /** Ids of the content keys that the node was handed and still keeps. */
  contentKeys: z.array(sha256Hex).max(16).optional(),
  /** Said by a node that makes the manifest of an update from its own; see `manifest` of the answer. */
  manifestDelta: z.literal(true).optional(),
  /** Report on the last delivery; absent when there was none since the last report. */
  delivery: deliveryReport.optional(),
  /** How long the control plane may hold the answer, ms. */
  waitMs: z.int().min(0).max(25_000),
});
export type SyncRequest = z.output<typeof syncRequest>;

/**
 * A content key for one node: compact JWE (RFC 7516; ECDH-ES+A256KW, A256GCM) of its 32 bytes for the node's encryption key.
 * `id` is the commitment by which a secrets section names it; the node checks that it comes out.
 */
export const wrappedContentKey = z.strictObject({ id: sha256Hex, jwe: z.string().max(4_096) });
export type WrappedContentKey = z.output<typeof wrappedContentKey>;

/** Changed sections against the base that the node named; base null means that everything is here. Unchecked bodies: the node parses each. */
export const syncResponse = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("unchanged"),
    retryAfterMs: z.int().min(0),
    /**
     * The content key of what the node should run, when it does not keep that yet. It comes in an answer of its own, before the update
     * that needs it: the update's bytes are the same for every node of the group, and a new key is there before its secrets are.
     */
    contentKeys: z.array(wrappedContentKey).max(16).optional(),
  }),
  z.strictObject({
    kind: z.literal("update"),
    /** Compact JWS over a revisionEnvelope. */
    envelope: z.string().max(8_192),
    base: sha256Hex.nullable(),
    /**
     * Null, for a node that says `manifestDelta`, when the base is exactly what it runs: then it is the base's manifest without `removed` and with
     * the hash of each body in `changed`. The signed hashes prove it, or the node refuses with `hash_mismatch` and is sent everything.
     */
    manifest: manifest.nullable(),
    changed: z.record(sectionName, z.unknown()),
    removed: z.array(sectionName),
    /** The keys that the signed envelope names in `trustedKeys`; a node pins a key only when its thumbprint stands there. */
    trustedKeys: z.array(ed25519PublicJwk).min(1).max(4),
  }),
  /** Only to a node that proved with its own key who it is. One that does not know the kind understands nothing, and goes on. */
  z.strictObject({ kind: z.literal("revoked"), notice: z.string().max(4_096) }),
]);
export type SyncResponse = z.output<typeof syncResponse>;

/** POST /api/node/v1/heartbeat, every few seconds: what the fleet page shows. */
export const heartbeatRequest = z.strictObject({
  revision: z.int().min(1).nullable(),
  epoch: z.int().min(1).nullable(),
  rootHash: sha256Hex.nullable(),
  version: z.string().max(32),
  startedAt: z.iso.datetime(),
  /** The node's clock, to measure its skew. */
  clock: z.iso.datetime(),
  ready: z.boolean(),
  draining: z.boolean(),
  /** Over the last 60 s. */
  requestsPerSecond: z.number().min(0),
  refusedPerSecond: z.number().min(0),
  /** Time in the pipeline, µs; null without traffic. */
  pipelineP50Us: z.number().min(0).nullable(),
  pipelineP95Us: z.number().min(0).nullable(),
  /** What is wrong at the node, one sentence each; empty when all is well. */
  problems: z.array(z.string().max(512)).max(20),
  jwks: z.array(jwksState).max(1_000),
  /**
   * State of the providers that the last answer asked for, as far as the node has had to do with them. Present, if only empty, from a node that
   * can be asked; it leaves the member out towards a control plane that does not know it.
   */
  askedJwks: z.array(jwksState).max(50).optional(),
  /**
   * Targets of upstreams that have several or are checked. Absent where there are none: a control plane that does not know the member
   * cannot have declared them either.
   */
  upstreams: z.array(targetState).max(1_000).optional(),
  /** Said by a node that renews its keys, and understands `renewKey` in the answer. An older control plane refuses the word (422). */
  renewsKey: z.literal(true).optional(),
});
export type HeartbeatRequest = z.output<typeof heartbeatRequest>;
export const heartbeatResponse = z.strictObject({
  now: z.iso.datetime(),
  nextHeartbeatMs: z.int().min(1_000).max(60_000),
  /** Somebody asks for a renewal now. Only for a node that said `renewsKey`. */
  renewKey: z.literal(true).optional(),
  /** Providers that somebody looks at: the next heartbeat is to tell of them. Only to a node that can be asked. */
  ask: z.array(askedProvider).max(50).optional(),
});
export type HeartbeatResponse = z.output<typeof heartbeatResponse>;
