import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from "node:crypto";

type Recipe = {
  readonly digest: string | null;
  readonly generate: (bits: number) => { privateKey: KeyObject; publicKey: KeyObject };
  readonly options?: Omit<SignKeyObjectInput, "key">;
};

const SPKI = { type: "spki", format: "der" } as const;
const PKCS8 = { type: "pkcs8", format: "der" } as const;
const AS_BYTES = { publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 };

/**
 * Keys by way of their bytes. On Node 20 the very object that was generated shares a lock with the work that made it: when that is collected
 * while the key is being exported, the thread waits for itself for ever. Of thousands of keys one meets that.
 */
function keysOf(made: { privateKey: unknown }): { privateKey: KeyObject; publicKey: KeyObject } {
  if (!Buffer.isBuffer(made.privateKey)) throw new Error("the key was not made as bytes");
  const privateKey = createPrivateKey({ key: made.privateKey, ...PKCS8 });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

const rsa = (bits: number) => keysOf(generateKeyPairSync("rsa", { modulusLength: bits, ...AS_BYTES }));
const ec = (namedCurve: string) => () => keysOf(generateKeyPairSync("ec", { namedCurve, ...AS_BYTES }));
const pss = (digest: string, saltLength: number): Recipe => ({
  digest,
  generate: rsa,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
});
const ecdsa = (digest: string, curve: string): Recipe => ({ digest, generate: ec(curve), options: { dsaEncoding: "ieee-p1363" } });

/** RFC 7518 §3, RFC 8037 §3.1: what makes a signature of each algorithm. */
const RECIPES = {
  RS256: { digest: "sha256", generate: rsa },
  RS384: { digest: "sha384", generate: rsa },
  RS512: { digest: "sha512", generate: rsa },
  PS256: pss("sha256", 32),
  PS384: pss("sha384", 48),
  PS512: pss("sha512", 64),
  ES256: ecdsa("sha256", "P-256"),
  ES384: ecdsa("sha384", "P-384"),
  ES512: ecdsa("sha512", "P-521"),
  EdDSA: { digest: null, generate: () => keysOf(generateKeyPairSync("ed25519", AS_BYTES)) },
} as const satisfies Record<string, Recipe>;

export type MintAlgorithm = keyof typeof RECIPES;
export type Jwk = Record<string, unknown> & { kty: string };

/** Makes tokens with a key of its own: good ones, and any evil one. */
export interface TokenMint {
  readonly alg: MintAlgorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** With `kid`, `alg` and `use`. */
  readonly publicJwk: Jwk;
  jwks(): { keys: Jwk[] };
  /** Compact JWS. Header members default to this mint's `alg`, `kid` and `typ: at+jwt`; undefined leaves one out. The signature is always by this mint's own algorithm. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** The same for texts that need not be JSON. */
  signRaw(header: string, payload: string): string;
  /** base64url signature over any bytes (latin1 text). */
  signatureOf(signingInput: string): string;
}

/** @param bits modulus length for RSA, 2048 when left out */
export function createTokenMint(options: { alg?: MintAlgorithm; kid?: string; bits?: number } = {}): TokenMint {
  const alg = options.alg ?? "RS256";
  const recipe: Recipe = RECIPES[alg];
  const { privateKey, publicKey } = recipe.generate(options.bits ?? 2048);
  const jwk = publicKey.export({ format: "jwk" }) as Jwk;
  const kid = options.kid ?? createHash("sha256").update(JSON.stringify(jwk)).digest("base64url").slice(0, 16);
  const publicJwk: Jwk = { ...jwk, kid, alg, use: "sig" };
  const encode = (text: string) => Buffer.from(text, "utf8").toString("base64url");
  const signatureOf = (input: string) =>
    sign(recipe.digest, Buffer.from(input, "latin1"), { key: privateKey, ...recipe.options }).toString("base64url");
  const signRaw = (header: string, payload: string) => {
    const input = `${encode(header)}.${encode(payload)}`;
    return `${input}.${signatureOf(input)}`;
  };
  return {
    alg,
    kid,
    privateKey,
    publicKey,
    publicJwk,
    jwks: () => ({ keys: [publicJwk] }),
    sign: (claims, header = {}) => signRaw(JSON.stringify({ alg, kid, typ: "at+jwt", ...header }), JSON.stringify(claims)),
    signRaw,
    signatureOf,
  };
}
