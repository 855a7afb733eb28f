import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { z } from "zod";

/** What a wizard shows of a published key. */
export interface DescribedKey {
  readonly kid: string | null;
  readonly alg: string | null;
  readonly kty: string;
  readonly crv: string | null;
  /** Modulus or field size. */
  readonly bits: number | null;
  readonly use: string | null;
  /** What it can verify here; empty for a key that is left out. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Why it is left out; null for a usable key. */
  readonly problem: string | null;
}

const PUBLIC_MEMBERS = ["kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e"] as const;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as const;
const MIN_RSA_BITS = 2_048;

const text = z.string().max(4_096);
const jwk = z.looseObject({
  kty: text,
  kid: text.optional(),
  alg: text.optional(),
  use: text.optional(),
  key_ops: z.array(text).max(20).optional(),
  crv: text.optional(),
  x: text.optional(),
  y: text.optional(),
  n: text.optional(),
  e: text.optional(),
});
type PublishedKey = z.output<typeof jwk>;

const RSA_ALGORITHMS: readonly SignatureAlgorithm[] = ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
const CURVES: Readonly<Record<string, { kty: string; bits: number; algorithm: SignatureAlgorithm }>> = {
  "P-256": { kty: "EC", bits: 256, algorithm: "ES256" },
  "P-384": { kty: "EC", bits: 384, algorithm: "ES384" },
  "P-521": { kty: "EC", bits: 521, algorithm: "ES512" },
  Ed25519: { kty: "OKP", bits: 256, algorithm: "EdDSA" },
};

const decode = (value: string): bigint => BigInt(`0x0${Buffer.from(value, "base64url").toString("hex")}`);

/** `EdDSA` and `Ed25519` name the same algorithm (BEHAVIOUR 3a). */
const named = (alg: string): string => (alg === "Ed25519" ? "EdDSA" : alg);

interface Material {
  readonly bits: number | null;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly problem: string | null;
}

function judgeMaterial(key: PublishedKey): Material {
  const unusable = (problem: string, bits: number | null = null): Material => ({ bits, algorithms: [], problem });
  if (key.kty === "oct") return unusable("a symmetric key: whoever reads it can sign");
  if (key.kty === "RSA") {
    if (key.n === undefined || key.e === undefined) return unusable("n or e is missing");
    const bits = decode(key.n).toString(2).length;
    const exponent = decode(key.e);
    if (bits < MIN_RSA_BITS) return unusable(`RSA with ${bits} bits; at least ${MIN_RSA_BITS} are needed`, bits);
    if (exponent < 3n || exponent % 2n === 0n) return unusable(`public exponent ${exponent} is not safe`, bits);
    return { bits, algorithms: RSA_ALGORITHMS, problem: null };
  }
  const curve = key.crv !== undefined && Object.hasOwn(CURVES, key.crv) ? CURVES[key.crv] : undefined;
  if (curve === undefined || curve.kty !== key.kty)
    return unusable(`${key.kty} ${key.crv ?? ""} verifies no algorithm that is supported`.replace("  ", " "));
  if (key.x === undefined || (key.kty === "EC" && key.y === undefined)) return unusable("a coordinate is missing", curve.bits);
  return { bits: curve.bits, algorithms: [curve.algorithm], problem: null };
}

function problemOf(key: PublishedKey, material: Material): string | null {
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)) && key.kty !== "oct") {
    return "its private part is published: the provider must withdraw it at once";
  }
  if (material.problem !== null) return material.problem;
  if (key.use !== undefined && key.use !== "sig") return `for ${key.use === "enc" ? "encryption" : `use "${key.use}"`}, not for signatures`;
  if (key.key_ops !== undefined && !key.key_ops.includes("verify")) return `key_ops is ${key.key_ops.join(", ")}, without verify`;
  if (key.alg !== undefined && !material.algorithms.some((algorithm) => algorithm === named(key.alg ?? "")))
    return `alg ${key.alg} does not fit the key`;
  return null;
}

/** Judges one member of a JWK Set by what it says; whether its point lies on the curve shows when it is imported. */
export function describeKey(member: unknown): DescribedKey {
  const parsed = jwk.safeParse(member);
  if (!parsed.success) return { kid: null, alg: null, kty: "?", crv: null, bits: null, use: null, algorithms: [], problem: "not a JSON Web Key" };
  const key = parsed.data;
  const material = judgeMaterial(key);
  const problem = problemOf(key, material);
  const fitting = key.alg === undefined ? material.algorithms : material.algorithms.filter((algorithm) => algorithm === named(key.alg ?? ""));
  return {
    kid: key.kid ?? null,
    alg: key.alg ?? null,
    kty: key.kty,
    crv: key.crv ?? null,
    bits: material.bits,
    use: key.use ?? null,
    algorithms: problem === null ? fitting : [],
    problem,
  };
}

/** The public members of a key and nothing else. */
export function publicPartOf(member: unknown): Record<string, string | readonly string[]> | null {
  const parsed = jwk.safeParse(member);
  if (!parsed.success) return null;
  const part: Record<string, string | readonly string[]> = {};
  for (const name of PUBLIC_MEMBERS) {
    const value = parsed.data[name];
    if (value !== undefined) part[name] = value;
  }
  return part;
}
