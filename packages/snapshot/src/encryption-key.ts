import { z } from "zod";

/** `typ` of a node's signed statement of the key that it decrypts with. */
export const ENCRYPTION_KEY_TYP = "sallyport-encryption-key+jws";

/** JWE algorithms (RFC 7518 §4.6, RFC 8037 §3.2) of a content key on its way to a node; no others are taken. */
export const CONTENT_KEY_JWE = { alg: "ECDH-ES+A256KW", enc: "A256GCM" } as const;

/** A public X25519 key (RFC 8037 §2), to which content keys are encrypted. */
export const x25519PublicJwk = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("X25519"),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type X25519PublicJwk = z.output<typeof x25519PublicJwk>;
