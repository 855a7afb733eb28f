import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import { calculateJwkThumbprint } from "jose";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: Ed25519PublicJwk;
}

export async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const jwk = { kty: "OKP", crv: "Ed25519", x: String(x) } as const;
  return { privateKey, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk) } };
}
