import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import type { CompiledIdentityProvider, KeySet, KeySource } from "@sallyport/pipeline";
import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { ALGORITHMS, type AlgorithmFacts } from "../algorithms.js";
import { sha256Hex } from "../digests.js";
import { importKeySet } from "../import-key-set.js";

/** A key that signs in an identity provider's place. */
interface StandIn {
  readonly kid: string;
  /** Compact JWS (RFC 7515 §3.1). */
  sign(header: Readonly<Record<string, unknown>>, claims: Readonly<Record<string, unknown>>): string;
}

/**
 * Keys that stand in for those of identity providers, made here and known to nobody else. Providers with one issuer have one key, as they
 * have in truth; each issuer's has a `kid` of its own, which no other issuer knows.
 */
export interface StandIns {
  /** The key of an issuer for an algorithm. */
  of(issuer: string, algorithm: SignatureAlgorithm): Promise<StandIn>;
  /** A key of nobody's, other than all those. */
  forger(algorithm: SignatureAlgorithm): Promise<StandIn>;
  /** What nodes would be told of them: a provider's keys, those of its own issuer. */
  readonly keys: KeySource;
}

/** The quickest first: a test is about the rules, whichever algorithm a provider may use. */
const PREFERRED: readonly SignatureAlgorithm[] = ["EdDSA", "ES256", "ES384", "ES512", "RS256", "PS256", "RS384", "PS384", "RS512", "PS512"];

/** @throws Error for a provider without any algorithm: the contract has none */
export function algorithmOf({ id, algorithms }: CompiledIdentityProvider): SignatureAlgorithm {
  const found = PREFERRED.find((algorithm) => algorithms.has(algorithm));
  if (found === undefined) throw new Error(`${id} takes no algorithm.`);
  return found;
}

interface Kept extends StandIn {
  readonly jwk: Readonly<Record<string, unknown>>;
}

const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;
const CURVES: Partial<Record<SignatureAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

function generateFor(algorithm: SignatureAlgorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const namedCurve = CURVES[algorithm];
  if (namedCurve !== undefined) return generate("ec", { namedCurve });
  return algorithm === "EdDSA" ? generate("ed25519", {}) : generate("rsa", { modulusLength: 2048 });
}

const base64Url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

type Pair = Awaited<ReturnType<typeof generateFor>>;

function keptOf({ publicKey, privateKey }: Pair, kid: string, algorithm: SignatureAlgorithm): Kept {
  const { hash, options }: AlgorithmFacts = ALGORITHMS[algorithm];
  return {
    kid,
    jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" },
    sign(header, claims) {
      const input = `${base64Url({ alg: algorithm, kid, ...header })}.${base64Url(claims)}`;
      return `${input}.${sign(hash, Buffer.from(input, "latin1"), { key: privateKey, ...options }).toString("base64url")}`;
    },
  };
}

/** Keys are made when they are first needed; the memory of them is bounded by the number of issuers. */
export function createStandIns({ maxIssuers = 1_000 }: { readonly maxIssuers?: number } = {}): StandIns {
  const issuers = new Map<string, Map<SignatureAlgorithm, Promise<Kept>>>();
  const forgers = new Map<SignatureAlgorithm, Promise<Kept>>();
  let rsa: Promise<Pair> | null = null;

  /** An RSA pair takes a tenth of a second: of ten thousand issuers all have the same, under `kid`s of their own. */
  async function make(issuer: string, algorithm: SignatureAlgorithm): Promise<Kept> {
    const isRsa = ALGORITHMS[algorithm].keyType === "RSA";
    if (isRsa) rsa ??= generateFor(algorithm);
    const pair = isRsa && rsa !== null ? await rsa : await generateFor(algorithm);
    return keptOf(pair, `stand-in-${sha256Hex(`${issuer}\n${algorithm}`).slice(0, 16)}`, algorithm);
  }

  function of(issuer: string, algorithm: SignatureAlgorithm): Promise<Kept> {
    const own = issuers.get(issuer) ?? new Map<SignatureAlgorithm, Promise<Kept>>();
    const key = own.get(algorithm) ?? make(issuer, algorithm);
    own.set(algorithm, key);
    issuers.delete(issuer);
    issuers.set(issuer, own);
    const [oldest] = issuers.size > maxIssuers ? issuers.keys() : [];
    if (oldest !== undefined) issuers.delete(oldest);
    return key;
  }

  /** Every key that the issuer has by now, and one at least. */
  async function load(idp: CompiledIdentityProvider): Promise<KeySet | { readonly unavailable: string }> {
    if (idp.spec.keys.kind === "none") return { unavailable: `${idp.id} has no keys by its configuration` };
    await of(idp.issuer, algorithmOf(idp));
    const kept = await Promise.all(issuers.get(idp.issuer)?.values() ?? []);
    return { keys: importKeySet({ keys: kept.map(({ jwk }) => jwk) }).keys, generation: 1 };
  }

  return {
    of,
    forger(algorithm) {
      const key = forgers.get(algorithm) ?? generateFor(algorithm).then((pair) => keptOf(pair, "policy-test-forger", algorithm));
      forgers.set(algorithm, key);
      return key;
    },
    keys: { current: () => null, load, refreshForUnknownKid: () => null, refusedUnknownKid: () => undefined },
  };
}
