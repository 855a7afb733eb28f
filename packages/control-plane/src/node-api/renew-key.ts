import { type FleetTransaction, notify, withFleet } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import { ed25519PublicJwk } from "@sallyport/snapshot";
import {
  RENEWAL_MAX_AGE_S,
  RENEWAL_TYP,
  type RenewalClaims,
  type RenewKeyResponse,
  renewalClaims,
  renewKeyRequest,
} from "@sallyport/snapshot/protocol";
import { type CryptoKey, calculateJwkThumbprint, compactVerify, importJWK, type KeyObject } from "jose";
import { recordAudit } from "../audit/record-audit.js";
import type { Client, ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import { REVISION_CHANNEL } from "../publish/write-revision.js";
import { parse } from "../validation.js";
import { verifyEncryptionKey } from "./encryption-keys.js";
import { isNodesKey, NODE_KEYS_LOCK } from "./enrol.js";
import type { ReportKeyMisuse } from "./key-misuse.js";
import type { NodeRecord } from "./node-directory.js";
import { NODES_CHANGED } from "./revision-feed.js";

/** How long a key is still good after it was given up, ms: for calls that are under way, and for a node that has not heard that it was renewed. */
const KEY_OVERLAP_MS = 3_600_000;
/** A node renews once in weeks; one that does so without end is not let write without end, ms. */
const PAUSE_MS = 60_000;

/** What is wrong with a renewal that a node's key signed. Told to reviewers; the caller learns no more than that it was refused. */
class Forged extends Error {}

const refused = (): ServiceError =>
  new ServiceError(
    "unauthenticated",
    "The renewal is not valid. If the node's clock is right, it makes another; if that is refused too, enrol the node anew.",
  );

type Key = CryptoKey | KeyObject | Uint8Array;

async function payloadOf(jws: string, key: Key, whose: string): Promise<string> {
  const verified = await compactVerify(jws, key, { algorithms: ["EdDSA", "Ed25519"] }).catch(() => {
    throw new Forged(`the ${whose} key's signature does not verify`);
  });
  if (verified.protectedHeader.typ !== RENEWAL_TYP) throw new Forged(`the ${whose} key signed something else`);
  return new TextDecoder().decode(verified.payload);
}

/** What a compact JWS claims, before anybody has verified it. */
function unverifiedClaims(jws: string): RenewalClaims {
  try {
    return renewalClaims.parse(JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8")));
  } catch {
    throw new Forged("its claims are not those of a renewal");
  }
}

/** The claims, both signatures verified. @throws Forged @throws ServiceError `invalid` for an encryption key that is none */
async function proven(renewal: string, node: NodeRecord, now: number): Promise<RenewalClaims> {
  const inner = await payloadOf(renewal, node.key, "old");
  const claims = unverifiedClaims(inner);
  const { kty, crv, x, kid } = claims.newKey;
  if ((await calculateJwkThumbprint({ kty, crv, x })) !== kid) throw new Forged("the new key's kid is not its thumbprint");
  const newKey = await importJWK({ kty, crv, x }, "EdDSA");
  await payloadOf(inner, newKey, "new");
  if (claims.sub !== node.id || claims.oldKid !== node.kid) throw new Forged("it was made for another node, or another key");
  if (kid === node.kid) throw new Forged("the new key is the old one");
  if (Math.abs(claims.iat - now / 1_000) > RENEWAL_MAX_AGE_S) throw new Forged("it was made at another time");
  await verifyEncryptionKey(claims.encryptionKey, newKey);
  return claims;
}

/** Gives a node another pair of keys, for one that both the old and the new key have signed. */
export type RenewKey = (node: NodeRecord, input: unknown, client: Client) => Promise<RenewKeyResponse>;

/** @param parts.nodesChanged this replica's directory looks anew */
export function createRenewKey(deps: ControlPlaneDeps, parts: { readonly report: ReportKeyMisuse; readonly nodesChanged: () => void }): RenewKey {
  async function renew(tx: FleetTransaction, node: NodeRecord, claims: RenewalClaims, client: Client): Promise<RenewKeyResponse> {
    const at = new Date(deps.clock.now());
    await tx.$executeRaw`select pg_advisory_xact_lock(${NODE_KEYS_LOCK}::int, hashtext(${claims.newKey.kid}))`;
    await tx.$executeRaw`select 1 from node where id = ${node.id}::uuid for no key update`;
    const row = await tx.node.findUniqueOrThrow({ where: { id: node.id } });
    if (row.status !== "active") throw refused();
    if (row.kid === claims.newKey.kid) throw new Forged("it was sent before");
    if (row.kid !== node.kid) throw new Forged("the key that signed it was given up before");
    if (await isNodesKey(tx, claims.newKey.kid)) throw new Forged("the new key is, or was, a node's already");
    const sinceMs = at.getTime() - row.keySince.getTime();
    if (row.renewalAskedAt === null && sinceMs >= 0 && sinceMs < PAUSE_MS)
      throw new ServiceError("too_many_attempts", "The node has just renewed its keys.", {
        retryAfterSeconds: Math.ceil((PAUSE_MS - sinceMs) / 1_000),
      });
    const acceptedUntil = new Date(at.getTime() + KEY_OVERLAP_MS);
    failpoint("renewal.checked");
    // One old key at a time.
    await tx.nodePastKey.updateMany({ where: { nodeId: node.id, acceptedUntil: { gt: at } }, data: { acceptedUntil: at } });
    await tx.nodePastKey.create({
      data: { kid: row.kid, nodeId: node.id, publicKey: ed25519PublicJwk.parse(row.publicKey), since: row.keySince, renewedAt: at, acceptedUntil },
    });
    await tx.node.update({
      where: { id: node.id },
      data: { kid: claims.newKey.kid, publicKey: claims.newKey, encryptionKey: claims.encryptionKey, keySince: at, renewalAskedAt: null },
    });
    const actor = {
      ...{ kind: "node" as const, id: node.id, name: node.name, ip: client.ip, requestId: client.requestId },
      grants: { fleet: new Set<never>(), tenants: new Map() },
    };
    const entry = { action: "node.renew_key", targetKind: "Node", targetName: node.name };
    const after = { kid: claims.newKey.kid, previousAcceptedUntil: acceptedUntil.toISOString() };
    await recordAudit(tx, actor, [{ ...entry, before: { kid: row.kid }, after }], at);
    await notify(tx, REVISION_CHANNEL, NODES_CHANGED);
    failpoint("renewal.recorded");
    return { kid: claims.newKey.kid, previousUntil: acceptedUntil.toISOString() };
  }

  return async (node, input, client) => {
    const { renewal } = parse(renewKeyRequest, input);
    try {
      const claims = await proven(renewal, node, deps.clock.now());
      const answer = await withFleet(deps.data.fleet, (tx) => renew(tx, node, claims, client));
      failpoint("renewal.committed");
      parts.nodesChanged();
      return answer;
    } catch (error) {
      if (!(error instanceof Forged)) throw error;
      await parts.report({ node, kid: node.kid, detail: `A renewal of ${node.name}'s keys was refused: ${error.message}.`, client });
      throw refused();
    }
  };
}
