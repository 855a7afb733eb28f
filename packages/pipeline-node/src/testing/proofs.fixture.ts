import { createHash } from "node:crypto";
import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { nowSeconds } from "./fleet.fixture.js";
import { createMint, type Jwk, type Mint } from "./mint.fixture.js";

/** Where requests of the fixtures go, unless a case says otherwise. */
export const REQUEST_URI = "http://acme.api.example.com/orders";

/** A client with a key of its own, to which tokens can be bound. */
export interface Holder {
  readonly mint: Mint;
  /** The public key as a proof shows it. */
  readonly jwk: Jwk;
  /** RFC 7638. */
  readonly jkt: string;
}

export const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** RFC 7638 §3: the members that make the key, in the order of their names. */
export const thumbprintOf = (jwk: Jwk): string => {
  const members = ["crv", "e", "kty", "n", "x", "y"].filter((name) => jwk[name] !== undefined);
  return hashOf(JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]]))));
};

export function createHolder(algorithm: SignatureAlgorithm = "ES256", bits = 2048): Holder {
  const mint = createMint(algorithm, "proof", bits);
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = mint.jwk;
  return { mint, jwk, jkt: thumbprintOf(jwk) };
}

let made = 0;

/** A proof for `GET` of the fixtures' URI with this token, with changes; a member that is undefined is left out. */
export function proofOf({ mint, jwk }: Holder, token: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
  made += 1;
  const usual = { jti: `proof-${process.pid}-${made}`, htm: "GET", htu: REQUEST_URI, iat: nowSeconds - 1, ath: hashOf(token) };
  return mint.token({ ...usual, ...claims }, { kid: undefined, typ: "dpop+jwt", jwk, ...header });
}
