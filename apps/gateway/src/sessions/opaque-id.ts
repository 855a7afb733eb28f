import { createHash, randomBytes } from "node:crypto";
import { sha256Hex } from "@sallyport/pipeline-node";

/** 256 bits in base64url: session ids, states, nonces, PKCE verifiers (RFC 7636 §4.1). */
export const newOpaqueId = (): string => randomBytes(32).toString("base64url");

/** Under which the store knows it: the id itself is the browser's alone. */
export const digestOfId = sha256Hex;

/** RFC 7636 §4.2, S256. */
export const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
