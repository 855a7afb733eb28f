import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { decodeProtectedHeader, jwtVerify } from "jose";
import type { Clock } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { NodeDirectory, NodeRecord } from "./node-directory.js";

const MAX_LIFE_S = 60;
/** A node whose clock is off must still be able to say so; past this it is not let in. */
const CLOCK_TOLERANCE_S = 300;
const KID = /^[A-Za-z0-9_-]{43}$/;

const refused = (): ServiceError =>
  new ServiceError("unauthenticated", "The node's token is not valid, or the node was revoked. If its clock is right, enrol it again.");

function kidOf(token: string): string | null {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === "string" && KID.test(kid) ? kid : null;
  } catch {
    return null;
  }
}

/**
 * Who calls: a JWT that the node signed with the key that it enrolled (RFC 7523 §3), good for at most a minute.
 * @throws ServiceError `unauthenticated`, the same for every reason.
 */
export async function authenticateNode(token: string, directory: NodeDirectory, clock: Clock): Promise<NodeRecord> {
  const kid = kidOf(token);
  const node = kid === null ? null : await directory.find(kid);
  if (node === null) throw refused();
  const verified = await jwtVerify(token, node.key, {
    algorithms: ["EdDSA", "Ed25519"],
    typ: NODE_TOKEN_TYP,
    audience: NODE_TOKEN_AUDIENCE,
    issuer: node.id,
    subject: node.id,
    requiredClaims: ["iat", "exp"],
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: new Date(clock.now()),
  }).catch(() => null);
  if (verified === null) throw refused();
  const { iat, exp } = verified.payload;
  if (iat === undefined || exp === undefined || exp - iat > MAX_LIFE_S || exp <= iat) throw refused();
  return node;
}
