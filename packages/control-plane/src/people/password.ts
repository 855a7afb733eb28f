import { type Algorithm, hash, verify } from "@node-rs/argon2";
import type { FieldIssue } from "../errors.js";
import { COMMON_PASSWORDS } from "./common-passwords.js";

/** Argon2id with the OWASP minimum (19 MiB, 2 passes, 1 lane); RFC 9106. */
const OPTIONS = { algorithm: 2 satisfies Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const MIN_LENGTH = 12;
/** Longer input only costs time to hash. */
const MAX_LENGTH = 256;

/** NIST SP 800-63B §5.1.1.2: length counts, composition does not; commonly used and contextual values are refused. */
export function passwordIssues(password: string, email: string): FieldIssue[] {
  const path = "password";
  if (password.length < MIN_LENGTH) return [{ path, message: `is too short; use at least ${MIN_LENGTH} characters, for example four words` }];
  if (password.length > MAX_LENGTH) return [{ path, message: `is too long; use at most ${MAX_LENGTH} characters` }];
  const folded = password.normalize("NFKC").toLowerCase();
  const account = email.toLowerCase();
  const local = account.split("@")[0] ?? account;
  if (folded === account || (local.length >= 4 && folded.replaceAll(local, "").length < MIN_LENGTH / 2))
    return [{ path, message: "is made of your e-mail address; choose something that it does not tell" }];
  if (COMMON_PASSWORDS.has(folded.replace(/[^a-z0-9]/g, "")) || /^(.{1,4})\1+$/.test(folded))
    return [{ path, message: "is one of the first that an attacker tries; choose another" }];
  return [];
}

/** A PHC string. */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize("NFKC"), OPTIONS);

let decoy: Promise<string> | null = null;

/** Takes as long when there is no such account (`stored` null) as when there is one, so that the answer's time tells nothing. */
export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword("an account that does not exist");
  const right = await verify(stored ?? (await decoy), password.slice(0, MAX_LENGTH).normalize("NFKC"));
  return stored !== null && right;
}
