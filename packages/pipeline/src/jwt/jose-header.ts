import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "@sallyport/snapshot";
import type { Ports } from "../ports.js";
import { parseStrictObject } from "./strict-json.js";

/** What is used of a JOSE header. `jku`, `x5u`, `x5c` and `jwk` are not even read. */
export interface JoseHeader {
  readonly algorithm: SignatureAlgorithm;
  readonly kid: string | null;
  /** In lower case and without `application/`; null when absent. */
  readonly type: string | null;
}

/** Why a header is refused. An attack is one that only somebody who tries would send. */
export interface HeaderFault {
  readonly fault: string;
  readonly attack: boolean;
}

const MAX_KID_LENGTH = 256;
const ALGORITHMS: ReadonlySet<string> = new Set<SignatureAlgorithm>(SIGNATURE_ALGORITHMS);

/** Headers of good tokens are few: an IdP's keys times its token types. */
const MAX_REMEMBERED = 512;
const MAX_REMEMBERED_LENGTH = 512;
const remembered = new Map<string, JoseHeader>();

/** Reads a header segment (canonical base64url). The result depends on nothing but its bytes, so good ones are remembered. */
export function readJoseHeader(segment: string, ports: Ports): JoseHeader | HeaderFault {
  const known = remembered.get(segment);
  if (known !== undefined) return known;
  const text = ports.decodeUtf8(ports.decodeBase64Url(segment));
  const members = text === null ? null : parseStrictObject(text);
  if (members === null) return { fault: "the token's header is no JSON object with unique names", attack: false };
  const header = interpretJoseHeader(members);
  if ("algorithm" in header && segment.length <= MAX_REMEMBERED_LENGTH) {
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(segment, header);
  }
  return header;
}

/** The same of members that have been read. */
export function interpretJoseHeader(members: Readonly<Record<string, unknown>>): JoseHeader | HeaderFault {
  const own = (name: string): unknown => (Object.hasOwn(members, name) ? members[name] : undefined);
  const alg = own("alg");
  if (typeof alg !== "string") return { fault: "the header names no algorithm", attack: false };
  if (/^(?:none|hs\d+)$/i.test(alg)) return { fault: "the header asks for an unsigned or HMAC token", attack: true };
  // RFC 9864 names the curve; it is the same algorithm.
  const algorithm = alg === "Ed25519" ? "EdDSA" : alg;
  if (!isSignatureAlgorithm(algorithm)) return { fault: "the header's algorithm is none that is spoken here", attack: false };
  // RFC 7515 §4.1.11: no extension is understood here. RFC 7797 makes `b64` one.
  if (own("crit") !== undefined || own("b64") !== undefined) return { fault: "the header has crit or b64", attack: false };
  const kid = own("kid");
  if (kid !== undefined && !isKid(kid)) return { fault: "the header's kid is no string of 1 to 256 characters", attack: false };
  const typ = own("typ");
  if (typ !== undefined && typeof typ !== "string") return { fault: "the header's typ is no string", attack: false };
  return { algorithm, kid: kid ?? null, type: typ === undefined ? null : typ.toLowerCase().replace(/^application\//, "") };
}

const isSignatureAlgorithm = (name: string): name is SignatureAlgorithm => ALGORITHMS.has(name);
const isKid = (value: unknown): value is string => typeof value === "string" && value.length >= 1 && value.length <= MAX_KID_LENGTH;
