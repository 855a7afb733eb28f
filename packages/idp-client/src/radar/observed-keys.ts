import { createHash } from "node:crypto";
import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { describeKey, publicPartOf } from "../discovery/describe-key.js";

/** A signing key as a provider publishes it. */
export interface ObservedKey {
  /** Empty for a key without one; cut at 256 characters. */
  readonly kid: string;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  readonly kty: string;
  readonly alg: string | null;
  readonly use: string | null;
  readonly crv: string | null;
  /** Modulus or field size. */
  readonly bits: number | null;
  /** What it can verify here; empty for a key that nodes leave out. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Why nodes leave it out; null for a usable key. */
  readonly problem: string | null;
}

const MAX_TEXT = 256;
const clean = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD").slice(0, MAX_TEXT).toWellFormed();

/** RFC 7638 §3.2: the members that make a key of each type. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = { RSA: ["e", "kty", "n"], EC: ["crv", "kty", "x", "y"], OKP: ["crv", "kty", "x"] };

function thumbprintOf(member: unknown): string {
  const part = publicPartOf(member);
  const names = part === null ? undefined : REQUIRED[String(part.kty)];
  // What is no key has a name all the same: the text as it stands.
  const text = names === undefined || part === null ? JSON.stringify(part ?? member) : JSON.stringify(part, [...names]);
  return createHash("sha256")
    .update(text ?? "")
    .digest("base64url");
}

/**
 * The members of a JWK Set that are for signatures, each once. Keys for encryption are no concern of ours, as at nodes.
 * @param members of a set that was found to be one
 */
export function observeKeys(members: readonly unknown[]): ObservedKey[] {
  const found = new Map<string, ObservedKey>();
  for (const member of members) {
    const { kid, alg, kty, crv, bits, use, algorithms, problem } = describeKey(member);
    if (use === "enc") continue;
    const key: ObservedKey = {
      ...{ kid: clean(kid ?? ""), thumbprint: thumbprintOf(member), kty: clean(kty), bits, algorithms },
      ...{ alg: alg === null ? null : clean(alg), use: use === null ? null : clean(use), crv: crv === null ? null : clean(crv) },
      problem: problem === null ? null : clean(problem),
    };
    found.set(JSON.stringify([key.kid, key.thumbprint]), key);
  }
  return [...found.values()];
}
