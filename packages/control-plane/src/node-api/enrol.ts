import { type FleetTransaction, withFleet } from "@sallyport/data";
import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import { type EnrolRequest, type EnrolResponse, enrolProofClaims, enrolRequest, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { uuidv7 } from "uuidv7";
import { recordAudit } from "../audit/record-audit.js";
import type { Client, ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { Installation } from "../installation/installation.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import { WRITTEN_SCHEMA_VERSIONS } from "../publish/group-envelopes.js";
import { tokenHash } from "../secrets/random-token.js";
import { check, invalid } from "../validation.js";
import { verifyEncryptionKey } from "./encryption-keys.js";
import { storableText } from "./storable.js";
import { createFailureThrottle } from "./throttle.js";

/** Difference that is allowed between a proof's time and ours, s. */
const PROOF_MAX_AGE_S = 60;
const FAILURES = { failures: 20, windowMs: 60_000, maxKeys: 10_000 };

/** The same for a token that never was, is used, expired or revoked: nothing can be learned by trying (SECURITY §2, enrolment). */
const refused = (): ServiceError =>
  new ServiceError(
    "unauthenticated",
    "The join token is not valid: unknown, expired, used or revoked. Make a new one in the console under Join tokens.",
  );
const badProof = (reason: string): ServiceError =>
  new ServiceError("unauthenticated", `The proof of possession is not valid: ${reason}. Check the node's clock and its key file.`);

/** @throws ServiceError `unauthenticated` unless the sender holds the private key, for this token, now. */
async function checkProof(request: EnrolRequest, now: number): Promise<void> {
  const { publicKey, proof } = request;
  const { kty, crv, x } = publicKey;
  if ((await calculateJwkThumbprint({ kty, crv, x })) !== publicKey.kid) throw badProof("kid is not the key's RFC 7638 thumbprint");
  const key = await importJWK({ kty, crv, x }, "EdDSA");
  const verified = await compactVerify(proof, key, { algorithms: ["EdDSA", "Ed25519"] }).catch(() => {
    throw badProof("the signature does not verify");
  });
  if (verified.protectedHeader.typ !== NODE_TOKEN_TYP) throw badProof(`typ is not ${NODE_TOKEN_TYP}`);
  const claims = enrolProofClaims.safeParse(jsonOf(verified.payload));
  if (!claims.success || claims.data.sub !== publicKey.kid) throw badProof("its claims are not those of an enrolment");
  if (claims.data.joinTokenHash !== tokenHash(request.joinToken)) throw badProof("it was made for another join token");
  if (Math.abs(claims.data.iat - now / 1_000) > PROOF_MAX_AGE_S) throw badProof("it was made at another time");
  if (request.encryptionKey !== undefined) await verifyEncryptionKey(request.encryptionKey, key);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** Takes the token, once: the row that a one-off token's winner updates is the row that everybody else no longer finds. */
async function spendToken(tx: FleetTransaction, hash: string, nodeId: string, at: Date): Promise<{ groupId: string; label: string } | null> {
  const rows = await tx.$queryRaw<{ group_id: string; label: string }[]>`
    update join_token set used_at = ${at}, used_by_node_id = ${nodeId}::uuid
    where hash = ${hash} and revoked_at is null and expires_at > ${at} and (kind = 'reusable' or used_at is null)
    returning group_id, label`;
  const row = rows[0];
  return row === undefined ? null : { groupId: row.group_id, label: row.label };
}

/**
 * The node that this key has enrolled already: its answer was lost on the way. A one-off token says which node it was; a reusable one has served
 * others since, and is good for the node again while it is good for a new one of the same group. The key is what the caller has proved to hold.
 */
async function enrolledBefore(tx: FleetTransaction, hash: string, key: Ed25519PublicJwk, at: Date) {
  const token = await tx.joinToken.findUnique({
    where: { hash },
    select: { kind: true, groupId: true, usedByNodeId: true, expiresAt: true, revokedAt: true },
  });
  if (token === null || token.revokedAt !== null) return null;
  const node = await tx.node.findUnique({ where: { kid: key.kid }, include: { group: { select: { name: true } } } });
  if (node === null || node.status !== "active") return null;
  const isOfToken =
    token.kind === "reusable" ? token.groupId === node.groupId && token.expiresAt.getTime() > at.getTime() : token.usedByNodeId === node.id;
  return isOfToken ? node : null;
}

/** Key of the advisory lock that enrolments take before they look for a name. */
const NODE_NAMES_LOCK = 5_277_118_302;
/** Of the two-part locks; the second part is the key's. */
export const NODE_KEYS_LOCK = 527_711_830;

/** Whether the key is, or was, any node's. The caller holds the key's lock. */
export async function isNodesKey(tx: FleetTransaction, kid: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ known: boolean }[]>`
    select exists (select from node where kid = ${kid}) or exists (select from node_past_key where kid = ${kid}) as known`;
  return row?.known !== false;
}

/** A name that no node has, and none gets before this transaction ends: nodes of one image enrol at the same moment under one name. */
async function freeName(tx: FleetTransaction, wanted: string | undefined, nodeId: string): Promise<string> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${NODE_NAMES_LOCK}::bigint)`;
  const base = wanted ?? `node-${nodeId.slice(-6)}`;
  const taken = new Set((await tx.node.findMany({ where: { name: { startsWith: base } }, select: { name: true } })).map(({ name }) => name));
  if (!taken.has(base)) return base;
  for (let number = 2; ; number++) {
    const name = `${base.slice(0, 58)}-${number}`;
    if (!taken.has(name)) return name;
  }
}

export interface EnrolParts {
  readonly installation: Installation;
  readonly keys: SigningKeys;
}

/** Takes a node in: a join token and a proof of its own key against an id. */
export function createEnrol(deps: ControlPlaneDeps, parts: EnrolParts): (input: unknown, client: Client) => Promise<EnrolResponse> {
  const throttle = createFailureThrottle(deps.clock, FAILURES);

  function parseRequest(input: unknown): EnrolRequest {
    const result = check(enrolRequest, input);
    if (result.ok) return result.value;
    throw result.issues.every(({ path }) => path === "joinToken") ? refused() : invalid(result.issues);
  }

  async function enrol(request: EnrolRequest, client: Client): Promise<EnrolResponse> {
    await checkProof(request, deps.clock.now());
    if (!request.schemaVersions.some((version) => WRITTEN_SCHEMA_VERSIONS.includes(version)))
      throw new ServiceError(
        "precondition",
        `The node reads none of the schema versions that are written here (${WRITTEN_SCHEMA_VERSIONS.join(", ")}).`,
      );
    const [{ fleetId }, trustedKeys] = await Promise.all([parts.installation.facts(), parts.keys.trusted()]);
    const hash = tokenHash(request.joinToken);
    const at = new Date(deps.clock.now());
    return withFleet(deps.data.fleet, async (tx) => {
      // A node that did not wait for its answer asks again while the first call is still under way.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${NODE_KEYS_LOCK}::int, hashtext(${request.publicKey.kid}))`;
      const again = await enrolledBefore(tx, hash, request.publicKey, at);
      if (again !== null) return { nodeId: again.id, name: again.name, group: again.group.name, fleet: fleetId, trustedKeys };
      const nodeId = uuidv7();
      const token = await spendToken(tx, hash, nodeId, at);
      if (token === null) throw refused();
      if (await isNodesKey(tx, request.publicKey.kid))
        throw new ServiceError("precondition", "This key belongs to a node already. Remove the node's key file, so that it makes a new one.");
      const name = await freeName(tx, request.name, nodeId);
      const node = await tx.node.create({
        data: {
          id: nodeId,
          name,
          groupId: token.groupId,
          publicKey: request.publicKey,
          kid: request.publicKey.kid,
          encryptionKey: request.encryptionKey ?? null,
          version: storableText(request.version),
          enrolledAt: at,
          keySince: at,
        },
        include: { group: { select: { name: true } } },
      });
      const actor = {
        kind: "node" as const,
        id: nodeId,
        name,
        ip: client.ip,
        requestId: client.requestId,
        grants: { fleet: new Set<never>(), tenants: new Map() },
      };
      const after = { group: node.group.name, joinToken: token.label, kid: node.kid, version: node.version };
      await recordAudit(tx, actor, [{ action: "node.enrol", targetKind: "Node", targetName: name, after }], at);
      return { nodeId, name, group: node.group.name, fleet: fleetId, trustedKeys };
    });
  }

  return async (input, client) => {
    const key = client.ip ?? "unknown";
    const wait = throttle.blockedFor(key);
    if (wait !== null)
      throw new ServiceError("too_many_attempts", "Too many refused enrolments from this address. Wait, then try again.", {
        retryAfterSeconds: wait,
      });
    try {
      return await enrol(parseRequest(input), client);
    } catch (error) {
      if (error instanceof ServiceError && error.code === "unauthenticated") throttle.failed(key);
      throw error;
    }
  };
}
