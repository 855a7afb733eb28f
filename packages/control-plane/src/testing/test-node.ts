import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import {
  type EnrolRequest,
  type EnrolResponse,
  type heartbeatResponse,
  type JwksState,
  NODE_TOKEN_AUDIENCE,
  NODE_TOKEN_TYP,
  type SyncRequest,
  type SyncResponse,
  type TargetState,
} from "@sallyport/snapshot/protocol";
import { CompactSign, calculateJwkThumbprint, SignJWT } from "jose";
import type { z } from "zod";
import type { ControlPlane } from "../control-plane.js";

const client = { ip: "198.51.100.7", userAgent: "sallyport-gateway/0.1.0", requestId: "test" };

/** A node's own key. */
export interface NodeKey {
  readonly publicKey: Ed25519PublicJwk;
  readonly privateKey: KeyObject;
}

export async function makeNodeKey(): Promise<NodeKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const half = { kty: "OKP" as const, crv: "Ed25519" as const, x: String(x) };
  return { privateKey, publicKey: { ...half, kid: await calculateJwkThumbprint(half) } };
}

export async function enrolmentOf(key: NodeKey, joinToken: string, now: number, more: { readonly name?: string } = {}): Promise<EnrolRequest> {
  const joinTokenHash = createHash("sha256").update(joinToken).digest("hex");
  const claims = { aud: NODE_TOKEN_AUDIENCE, sub: key.publicKey.kid, iat: Math.floor(now / 1_000), joinTokenHash };
  const proof = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: NODE_TOKEN_TYP, kid: key.publicKey.kid })
    .sign(key.privateKey);
  return { joinToken, publicKey: key.publicKey, proof, version: "0.1.0", schemaVersions: [1], ...more };
}

export const enrol = async (
  cp: ControlPlane,
  key: NodeKey,
  joinToken: string,
  now: number,
  more: { readonly name?: string } = {},
): Promise<EnrolResponse> => cp.nodeApi.enrol(await enrolmentOf(key, joinToken, now, more), client);

/** The JWT of a call. */
export const nodeToken = (key: NodeKey, nodeId: string, now: number): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", typ: NODE_TOKEN_TYP, kid: key.publicKey.kid })
    .setIssuer(nodeId)
    .setSubject(nodeId)
    .setAudience(NODE_TOKEN_AUDIENCE)
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor(now / 1_000) + 60)
    .sign(key.privateKey);

export const nothingYet: SyncRequest = { revision: null, epoch: null, rootHash: null, installationHash: null, schemaVersions: [1], waitMs: 0 };

/** One poll, signed and all. */
export async function poll(cp: ControlPlane, key: NodeKey, nodeId: string, request: SyncRequest): Promise<SyncResponse> {
  const node = await cp.nodeApi.authenticate(await nodeToken(key, nodeId, Date.now()));
  return cp.nodeApi.sync(node, request, { signal: new AbortController().signal });
}

export async function beat(
  cp: ControlPlane,
  key: NodeKey,
  nodeId: string,
  now: number,
  {
    problems = [],
    upstreams,
    jwks = [],
    askedJwks,
  }: { problems?: string[]; upstreams?: TargetState[]; jwks?: JwksState[]; askedJwks?: JwksState[] } = {},
): Promise<z.output<typeof heartbeatResponse>> {
  const node = await cp.nodeApi.authenticate(await nodeToken(key, nodeId, now));
  return cp.nodeApi.heartbeat(node, {
    revision: null,
    epoch: null,
    rootHash: null,
    version: "0.1.0",
    startedAt: new Date(now - 60_000).toISOString(),
    clock: new Date(now).toISOString(),
    ready: true,
    draining: false,
    requestsPerSecond: 4.1,
    refusedPerSecond: 0.1,
    pipelineP50Us: 38,
    pipelineP95Us: 96,
    problems,
    jwks,
    ...(upstreams === undefined ? {} : { upstreams }),
    ...(askedJwks === undefined ? {} : { askedJwks }),
  });
}
