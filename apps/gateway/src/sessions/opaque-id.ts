import { createHash, randomBytes } from "node:crypto";

/** 256 bits in base64url: session ids, states, nonces, PKCE verifiers (RFC 7636 §4.1). */
export const newOpaqueId = (): string => randomBytes(32).toString("base64url");

/** The form of one of ours. */
export const isOpaqueId = (text: string): boolean => /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);

/** Under which the store knows it: the id itself is the browser's alone. */
export const digestOfId = (id: string): string => createHash("sha256").update(id).digest("hex");

/** RFC 7636 §4.2, S256. */
export const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
