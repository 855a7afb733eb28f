import { z } from "zod";
import { ed25519PublicJwk } from "../envelope.js";
import { NODE_TOKEN_AUDIENCE } from "./sync.js";

/** `typ` of both signatures of a renewal. */
export const RENEWAL_TYP = "sallyport-node-renewal+jws";

/** How far a renewal's time may be from the control plane's, s: as far as a node's clock may be off at all. */
export const RENEWAL_MAX_AGE_S = 300;

/** What a node states when it renews its keys. It counts once: the key that it is bound to is given up by it. */
export const renewalClaims = z.strictObject({
  aud: z.literal(NODE_TOKEN_AUDIENCE),
  /** The node's id. */
  sub: z.uuid(),
  /** `kid` of the key that is given up, which makes the outer signature. */
  oldKid: z.string().min(1).max(64),
  /** The key that takes its place, which makes the inner signature. */
  newKey: ed25519PublicJwk,
  /** What the node will decrypt with: a statement as in a poll, signed with the new key. */
  encryptionKey: z.string().max(2_048),
  /** Seconds since the epoch. */
  iat: z.int(),
});
export type RenewalClaims = z.output<typeof renewalClaims>;

/**
 * POST /api/node/v1/renew-key. Both keys are proven by one text, after RFC 8555 §7.3.5: a compact JWS by the old key whose payload is a compact
 * JWS by the new key over `renewalClaims` (EdDSA, `typ` RENEWAL_TYP). The call itself carries a token by the old key.
 */
export const renewKeyRequest = z.strictObject({ renewal: z.string().max(8_192) });
export type RenewKeyRequest = z.output<typeof renewKeyRequest>;

export const renewKeyResponse = z.strictObject({
  /** `kid` of the key that the node is known by from now on. */
  kid: z.string().min(1).max(64),
  /** Until when the old key is still good; it is refused, and reported, afterwards. */
  previousUntil: z.iso.datetime(),
});
export type RenewKeyResponse = z.output<typeof renewKeyResponse>;
