import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { decodeProtectedHeader, jwtVerify } from "jose";
import type { Client, Clock } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { ReportKeyMisuse } from "./key-misuse.js";
import type { NodeDirectory, NodeRecord } from "./node-directory.js";
import { revokedNode } from "./revoked-node.js";

const MAX_LIFE_S = 60;
/** A node whose clock is off must still be able to say so; past this it is not let in. */
const CLOCK_TOLERANCE_S = 300;
const KID = /^[A-Za-z0-9_-]{43}$/;
/** Two for each of the most nodes that are kept. */
const MAX_REMEMBERED = 40_000;

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
export interface NodeAuthentication {
  /** @param client where the call comes from, should it have to be reported */
  authenticate(token: string, client?: () => Client): Promise<NodeRecord>;
  /** The same, where a token that has verified comes again and its node is known: at once. Null where something has to be asked or computed. */
  recall(token: string): NodeRecord | null;
}

/**
 * A node uses one token for several calls. Of a token that verified, its text, whose it is and when it ends are remembered, so that its
 * signature is computed once; whether the node may call at all is asked each time.
 */
export function createNodeAuthentication(directory: NodeDirectory, clock: Clock, report: ReportKeyMisuse): NodeAuthentication {
  interface Verified {
    readonly kid: string;
    readonly nodeId: string;
    readonly exp: number;
  }
  const verified = new Map<string, Verified>();
  // A key belongs to one node for ever (enrolment refuses it a second time); asked all the same.
  const isGood = (known: Verified, node: NodeRecord | null): node is NodeRecord =>
    node !== null && node.id === known.nodeId && known.exp + CLOCK_TOLERANCE_S > Math.floor(clock.now() / 1_000);

  /** When the token ends, s; null for one that this node did not sign with this key for now. */
  async function endOf(token: string, { id, key }: Pick<NodeRecord, "id" | "key">): Promise<number | null> {
    const result = await jwtVerify(token, key, {
      algorithms: ["EdDSA", "Ed25519"],
      typ: NODE_TOKEN_TYP,
      audience: NODE_TOKEN_AUDIENCE,
      issuer: id,
      subject: id,
      requiredClaims: ["iat", "exp"],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(clock.now()),
    }).catch(() => null);
    const { iat, exp } = result?.payload ?? {};
    return iat === undefined || exp === undefined || exp - iat > MAX_LIFE_S || exp <= iat ? null : exp;
  }

  /** Somebody has a key that a node gave up, and its time is over: the key itself proves it, so that nobody else can raise this. */
  async function reportPast(token: string, kid: string, client: Client | null): Promise<void> {
    const past = await directory.findPast(kid);
    if (past === null || (await endOf(token, past)) === null) return;
    await report({ node: past, kid, detail: `A key that ${past.name} has given up was used after its time.`, client });
  }

  async function verify(token: string, client?: () => Client): Promise<NodeRecord> {
    const kid = kidOf(token);
    if (kid === null) throw refused();
    const node = await directory.find(kid);
    if (node === null) {
      const gone = await directory.findRevoked(kid);
      if (gone !== null && (await endOf(token, gone)) !== null) throw revokedNode(gone.id);
      await reportPast(token, kid, client?.() ?? null);
      throw refused();
    }
    const exp = await endOf(token, node);
    if (exp === null) throw refused();
    // Bounded by forgetting the oldest; that one is verified once more.
    for (const oldest of verified.keys()) {
      if (verified.size < MAX_REMEMBERED) break;
      verified.delete(oldest);
    }
    verified.set(token, { kid: node.kid, nodeId: node.id, exp });
    return node;
  }

  const recall = (token: string): NodeRecord | null => {
    const known = verified.get(token);
    const node = known === undefined ? null : directory.peek(known.kid);
    return known !== undefined && isGood(known, node) ? node : null;
  };

  return {
    recall,
    async authenticate(token, client) {
      const recalled = recall(token);
      if (recalled !== null) return recalled;
      const known = verified.get(token);
      if (known === undefined) return verify(token, client);
      const node = await directory.find(known.kid);
      if (isGood(known, node)) return node;
      verified.delete(token);
      return verify(token, client);
    },
  };
}
