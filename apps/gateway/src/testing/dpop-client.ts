import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";

/** A client that holds a key and proves it, with an implementation of its own. */
export interface DpopClient {
  /** Thumbprint of its key: `cnf.jkt` of tokens that are bound to it. */
  readonly jkt: string;
  /** A fresh proof. @param token the access token that it goes with; none for a token endpoint */
  prove(method: string, uri: string, token?: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createDpopClient(alg: "ES256" | "EdDSA" | "RS256" = "ES256"): Promise<DpopClient> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    prove: (htm, htu, token, claims = {}) =>
      new SignJWT({ htm, htu, ...(token === undefined ? {} : { ath: createHash("sha256").update(token).digest("base64url") }), ...claims })
        .setProtectedHeader({ alg, typ: "dpop+jwt", jwk })
        .setIssuedAt()
        .setJti(randomUUID())
        .sign(privateKey),
  };
}
