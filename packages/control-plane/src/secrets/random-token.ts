import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 bits, base64url. */
export const randomSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a token that is its own proof. A fast hash is right here: the input has 256 bits of entropy. */
export const tokenHash = (token: string): string => createHash("sha256").update(token, "utf8").digest("hex");

/** Compares two stored hashes without telling where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
