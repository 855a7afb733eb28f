import type { AdmittedRequest } from "../admit/admit.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import type { Claims } from "../jwt/claims.js";
import { interpretJoseHeader, type JoseHeader } from "../jwt/jose-header.js";
import { type CompactJws, parseCompact } from "../jwt/parse-compact.js";
import { parseStrictObject } from "../jwt/strict-json.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import { normaliseHttpUri } from "./http-uri.js";
import { requestUri } from "./request-uri.js";

/** An RSA key of 8,192 bits, and what it signs, are about half of it. */
const MAX_PROOF_LENGTH = 8_192;
/** §4.2 says that it is unique, and nothing of its form: what is noted of it is bounded here. */
const JTI = /^[\x20-\x7e]{1,255}$/;

/** What a token's sender must show: made with this key, for this request and this token. */
export interface ExpectedProof {
  readonly idp: CompiledIdentityProvider;
  /** Thumbprint of the key (RFC 7638), base64url. */
  readonly key: string;
  /** The access token that it came with. */
  readonly token: string;
}

/** A proof that holds. It may have been used before. */
export interface Proof {
  readonly jti: string;
  /** When it is refused for its age, ms since the epoch. */
  readonly goodUntilMs: number;
}

/** A proof that can be read; nothing of it is believed yet. */
interface ReadProof {
  readonly jws: CompactJws;
  readonly header: JoseHeader;
  readonly jwk: unknown;
  readonly claims: Claims;
}

const bad = (detail: string): Refusal => new Refusal("invalid_dpop_proof", detail);
const own = (members: Claims, name: string): unknown => (Object.hasOwn(members, name) ? members[name] : undefined);

/** RFC 9449 §4.3, every check but that of replay; what is cheap goes first, so that a proof which must be refused anyway costs no signature. */
export function verifyProof(passage: Passage, request: AdmittedRequest, expected: ExpectedProof): Proof | Refusal {
  const proof = readProof(passage, request);
  if (proof instanceof Refusal) return proof;
  const { header, jwk, jws, claims } = proof;
  if (!expected.idp.dpop.algorithms.has(header.algorithm)) return bad("the proof's algorithm is none that the identity provider's proofs may have");
  const held = holdToRequest(passage, request, expected, claims);
  if (held instanceof Refusal) return held;
  const { ports } = passage;
  const read = ports.proofKeys.read(jwk);
  if ("unusable" in read) return bad(`the proof's key cannot be used: ${read.unusable}`);
  if (read.thumbprint !== expected.key) return bad("the token is bound to another key than the proof's");
  if (!read.key.algorithms.includes(header.algorithm)) return bad("the proof's key is not one for its algorithm");
  if (ports.signatures.verify(header.algorithm, read.key, jws.signingInput, jws.signature) !== true)
    return bad("the proof's signature does not verify");
  return held;
}

/** Its form: one field, one compact JWS (RFC 7515 §7.1) of strict JSON, with the type of a proof and a key. */
export function readProof(passage: Passage, { dpop }: AdmittedRequest): ReadProof | Refusal {
  const [text, more] = dpop;
  if (text === undefined) return bad("there is no DPoP field");
  if (more !== undefined) return bad("there is more than one DPoP field");
  if (text.length > MAX_PROOF_LENGTH) return bad("the proof is longer than any that is needed");
  const jws = parseCompact(text);
  if (jws === null) return bad("the proof is not three segments of canonical base64url");
  const members = membersOf(passage, jws.header);
  if (members === null) return bad("the proof's header is no JSON object with unique names");
  const header = interpretJoseHeader(members);
  if ("fault" in header) {
    if (header.attack) passage.report("algorithm_attack", `of a proof, ${header.fault}`);
    return bad(`of the proof, ${header.fault}`);
  }
  if (header.type !== "dpop+jwt") return bad("the proof's typ is not dpop+jwt");
  const claims = membersOf(passage, jws.payload);
  if (claims === null) return bad("the proof's payload is no JSON object with unique names");
  return { jws, header, jwk: own(members, "jwk"), claims };
}

function membersOf({ ports }: Passage, segment: string): Claims | null {
  const text = ports.decodeUtf8(ports.decodeBase64Url(segment));
  return text === null ? null : parseStrictObject(text);
}

/** Its claims: made for this method, URI and token, and lately. */
function holdToRequest(passage: Passage, request: AdmittedRequest, { idp, token }: ExpectedProof, claims: Claims): Proof | Refusal {
  if (own(claims, "htm") !== passage.facts.method) return bad("the proof's htm is not the request's method");
  const htu = own(claims, "htu");
  if (typeof htu !== "string" || normaliseHttpUri(htu) !== requestUri(passage, request)) return bad("the proof's htu is not the request's URI");
  const iat = own(claims, "iat");
  if (typeof iat !== "number" || !Number.isFinite(iat)) return bad("the proof's iat is missing or no date");
  const goodUntilMs = iat * 1_000 + idp.dpop.lifetimeMs + idp.clockToleranceMs;
  const now = passage.ports.clock.now();
  // Written so that a clock which is no number lets nothing pass.
  if (passage.facts.decidedBefore !== true && !(now < goodUntilMs)) return bad("the proof is too old");
  if (!(now >= iat * 1_000 - idp.clockToleranceMs)) return bad("the proof's iat lies in the future");
  const jti = own(claims, "jti");
  if (typeof jti !== "string" || !JTI.test(jti)) return bad("the proof's jti is missing or not 1–255 printable ASCII characters");
  // The digest port gives a compact string of its adapter's choice; ath is base64url for everybody.
  if (own(claims, "ath") !== passage.ports.proofKeys.hashToken(token)) return bad("the proof's ath is not the token's hash");
  return { jti, goodUntilMs };
}
