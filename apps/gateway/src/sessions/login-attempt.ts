import { z } from "zod";

/** From the redirect to the IdP to the callback; as long as its cookie lives. */
export const LOGIN_SECONDS = 600;

/** What the callback must know of a login that has begun. Kept under the SHA-256 of its `state`. */
const loginAttempt = z.strictObject({
  identityProvider: z.string(),
  issuer: z.string(),
  /** SHA-256 of the cookie of the browser that began it. */
  browser: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  redirectUri: z.string(),
  returnTo: z.string(),
});
export type LoginAttempt = z.output<typeof loginAttempt>;

export function readAttempt(text: string | null): LoginAttempt | null {
  if (text === null) return null;
  try {
    const parsed = loginAttempt.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
