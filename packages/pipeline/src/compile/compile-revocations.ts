import type { RevocationsSection } from "@sallyport/snapshot";
import type { CompiledTenant } from "../compiled.js";
import { type CompiledRevocations, revokedIdKey } from "../revocations.js";

const NO_KEYS: CompiledTenant["revokedApiKeys"] = new Map();

/** By what each hashes to. Most tenants have none, and share that. */
export function compileRevokedApiKeys(section: RevocationsSection | undefined): CompiledTenant["revokedApiKeys"] {
  const keys = section?.apiKeys ?? [];
  return keys.length === 0 ? NO_KEYS : new Map(keys.map(({ digest, name, expiresAt }) => [digest, { name, untilMs: expiresAt * 1_000 }]));
}

/** Null where no token and no subject is revoked: such a tenant's requests pay nothing. */
export function compileRevocations(section: RevocationsSection | undefined): CompiledRevocations | null {
  if (section === undefined || section.tokens.length + section.subjects.length === 0) return null;
  const ids = new Map<string, number>();
  const digests = new Map<string, number>();
  const subjects = new Map<string, { issuedBefore: number; untilMs: number }[]>();
  // Of two revocations of one token the longer counts.
  const until = (map: Map<string, number>, key: string, untilMs: number): void => void map.set(key, Math.max(untilMs, map.get(key) ?? 0));
  for (const token of section.tokens) {
    const untilMs = token.expiresAt * 1_000;
    if (token.by === "jti") until(ids, revokedIdKey(token.issuer, token.jti), untilMs);
    else until(digests, token.digest, untilMs);
  }
  for (const { subject, issuedBefore, expiresAt } of section.subjects)
    subjects.set(subject, [...(subjects.get(subject) ?? []), { issuedBefore, untilMs: expiresAt * 1_000 }]);
  return { ids, digests, subjects };
}
