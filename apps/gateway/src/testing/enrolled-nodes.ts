import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import {
  enrolProofClaims,
  enrolRequest,
  NODE_TOKEN_AUDIENCE,
  NODE_TOKEN_TYP,
  RENEWAL_TYP,
  renewalClaims,
  renewKeyRequest,
} from "@sallyport/snapshot/protocol";
import { compactVerify, importJWK, jwtVerify } from "jose";

const decodePayload = (jws: string): Buffer => Buffer.from(jws.split(".")[1] ?? "", "base64url");

/** Join tokens, good once, and the keys of the nodes that used them. */
export class EnrolledNodes {
  enrolments = 0;
  readonly #joinHashes = new Map<string, boolean>();
  /** Each node's key, and while it overlaps the one before. */
  readonly #nodes = new Map<string, Ed25519PublicJwk[]>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  joinToken(key: Ed25519PublicJwk): string {
    const token = `spj_${randomBytes(32).toString("base64url")}.${key.kid}`;
    this.#joinHashes.set(createHash("sha256").update(token).digest("hex"), false);
    return token;
  }

  async enrol(body: unknown): Promise<{ nodeId: string; name: string } | { status: 400 | 401; refused: string }> {
    const { joinToken, publicKey, proof, name } = enrolRequest.parse(body);
    const hash = createHash("sha256").update(joinToken).digest("hex");
    const { payload, protectedHeader } = await compactVerify(proof, await importJWK(publicKey, "EdDSA"), { algorithms: ["EdDSA"] });
    const claims = enrolProofClaims.parse(JSON.parse(new TextDecoder().decode(payload)));
    if (protectedHeader.typ !== NODE_TOKEN_TYP || claims.joinTokenHash !== hash || claims.sub !== publicKey.kid)
      return { status: 400, refused: "No proof" };
    if (this.#joinHashes.get(hash) !== false) return { status: 401, refused: "The join token is unknown or used" };
    this.#joinHashes.set(hash, true);
    this.enrolments += 1;
    const nodeId = randomUUID();
    this.#nodes.set(nodeId, [publicKey]);
    return { nodeId, name: name ?? "node-1" };
  }

  /** Keys that were given up are good no more. */
  endOverlaps(): void {
    for (const [nodeId, [present]] of this.#nodes) if (present !== undefined) this.#nodes.set(nodeId, [present]);
  }

  /** As it was before each node's last renewal. */
  restore(): void {
    for (const [nodeId, keys] of this.#nodes) this.#nodes.set(nodeId, keys.slice(-1));
  }

  /** Takes the new key of a node that signed with its present one. */
  async renew(body: unknown): Promise<{ status: number; answer: unknown }> {
    const { renewal } = renewKeyRequest.parse(body);
    const inner = new TextDecoder().decode(decodePayload(renewal));
    const claims = renewalClaims.parse(JSON.parse(new TextDecoder().decode(decodePayload(inner))));
    const present = this.#nodes.get(claims.sub)?.[0];
    if (present === undefined || present.kid !== claims.oldKid) return { status: 401, answer: { title: "Not the node's key" } };
    for (const [jws, key] of [
      [renewal, present],
      [inner, claims.newKey],
    ] as const)
      if ((await compactVerify(jws, await importJWK(key, "EdDSA"))).protectedHeader.typ !== RENEWAL_TYP)
        return { status: 401, answer: { title: "Not a renewal" } };
    this.#nodes.set(claims.sub, [claims.newKey, present]);
    return { status: 200, answer: { kid: claims.newKey.kid, previousUntil: new Date(this.#now() + 3_600_000).toISOString() } };
  }

  /** The key of the node whose token this is. */
  async authenticated(authorization: string): Promise<Ed25519PublicJwk | null> {
    const token = authorization.replace(/^Bearer /, "");
    for (const [nodeId, jwk] of [...this.#nodes].flatMap(([id, keys]) => keys.map((key) => [id, key] as const))) {
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
}
