import { createPublicKey, type JsonWebKey } from "node:crypto";
import type { VerificationKey } from "@sallyport/pipeline";
import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { CURVES, RSA_ALGORITHMS } from "./algorithms.js";
import { PreparedKey } from "./signature-verifier.js";

export interface ImportedKey {
  readonly key: VerificationKey;
  /** What makes two keys the same key: their public members in the form that a thumbprint is made of (RFC 7638 §3). */
  readonly material: string;
}
export interface UnusableKey {
  readonly reason: string;
}

const MIN_RSA_BITS = 2048;
/** Verification time grows with the square of the size. */
const MAX_RSA_BITS = 8192;
const MAX_EXPONENT_BYTES = 8;
const MAX_KID_LENGTH = 256;
/** RFC 7518 §6.2.2, §6.3.2, §6.4: a set that shows them is no set of public keys. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

type Members = Readonly<Record<string, unknown>>;
const unusable = (reason: string): UnusableKey => ({ reason });

/** One member of a JWK Set → a key bound to its algorithms, or why it cannot be used. Never throws. */
export function importKey(member: unknown): ImportedKey | UnusableKey {
  if (typeof member !== "object" || member === null || Array.isArray(member)) return unusable("not an object");
  const jwk = { ...member } as Members;
  if (PRIVATE_MEMBERS.some((name) => jwk[name] !== undefined)) return unusable("shows private or symmetric key material");
  const { kid, use, key_ops: operations } = jwk;
  if (kid !== undefined && (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_LENGTH))
    return unusable("kid is no string of 1 to 256 characters");
  if (use !== undefined && use !== "sig") return unusable("use is not sig");
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return unusable("key_ops does not hold verify");
  const described = describe(jwk);
  if ("reason" in described) return described;
  const algorithms = bindToAlgorithm(described.algorithms, jwk.alg);
  if (algorithms === null) return unusable("alg is none that fits the key");
  try {
    const handle = new PreparedKey(createPublicKey({ key: described.jwk, format: "jwk" }), algorithms);
    const material = JSON.stringify(described.jwk, Object.keys(described.jwk).sort());
    return { key: { kid: kid ?? null, algorithms, handle }, material };
  } catch {
    return unusable("the key's parameters are not those of a key");
  }
}

interface Described {
  /** The public members alone, so that nothing else of the document reaches the importer. */
  readonly jwk: JsonWebKey;
  readonly algorithms: readonly SignatureAlgorithm[];
}

function describe(jwk: Members): Described | UnusableKey {
  switch (jwk.kty) {
    case "RSA":
      return describeRsa(jwk);
    case "EC":
    case "OKP":
      return describeCurve(jwk, jwk.kty);
    default:
      return unusable("kty is none of RSA, EC and OKP");
  }
}

function describeRsa({ n, e }: Members): Described | UnusableKey {
  const modulus = unsignedBytes(n);
  const exponent = unsignedBytes(e);
  if (modulus === null || exponent === null) return unusable("n or e is not canonical base64url");
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
    return unusable(`an RSA key of ${Math.max(bits, 0)} bits; ${MIN_RSA_BITS} to ${MAX_RSA_BITS} are taken`);
  if ((modulus.at(-1) ?? 0) % 2 === 0) return unusable("the RSA modulus is even");
  const low = exponent.at(-1) ?? 0;
  // e = 1 makes every message its own signature.
  if (exponent.length > MAX_EXPONENT_BYTES || low % 2 === 0 || (exponent.length === 1 && low < 3))
    return unusable("the RSA exponent is not odd and at least 3");
  return { jwk: { kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") }, algorithms: RSA_ALGORITHMS };
}

function describeCurve({ crv, x, y }: Members, keyType: "EC" | "OKP"): Described | UnusableKey {
  const curve = typeof crv === "string" && Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined;
  if (curve === undefined || curve.keyType !== keyType || typeof crv !== "string") return unusable("crv is none that is verified with here");
  // RFC 7518 §6.2.1.2: coordinates have the curve's full length.
  if (bytesOf(x)?.length !== curve.bytes) return unusable("x is not a coordinate of the curve");
  if (keyType === "EC" && bytesOf(y)?.length !== curve.bytes) return unusable("y is not a coordinate of the curve");
  const jwk: JsonWebKey = keyType === "EC" ? { kty: "EC", crv, x: String(x), y: String(y) } : { kty: "OKP", crv, x: String(x) };
  return { jwk, algorithms: [curve.algorithm] };
}

/** RFC 7517 §4.4: a key that names its algorithm is for that one only. */
function bindToAlgorithm(fitting: readonly SignatureAlgorithm[], alg: unknown): readonly SignatureAlgorithm[] | null {
  if (alg === undefined) return fitting;
  const name = alg === "Ed25519" ? "EdDSA" : alg;
  const bound = fitting.filter((algorithm) => algorithm === name);
  return bound.length === 1 ? bound : null;
}

function bytesOf(text: unknown): Buffer | null {
  if (typeof text !== "string" || text === "") return null;
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}

/** A Base64urlUInt (RFC 7518 §2), without the leading zero octets that some IdPs write. */
function unsignedBytes(text: unknown): Buffer | null {
  const bytes = bytesOf(text);
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return bytes === null || first < 0 ? null : bytes.subarray(first);
}
