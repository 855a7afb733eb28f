import type { JsonValue } from "@sallyport/snapshot";

/** Names of members whose value is a secret. Exact words at the end of the name: `tokenTypes` or `maxTokenBytes` are none. */
const SECRET =
  /(?:^|[a-z_-])(?:secret|password|passwd|passphrase|privatekey|private_key|apikey|api_key)$|^(?:token|accesstoken|refreshtoken|authorization|cookie)$/i;
const PRIVATE_JWK_MEMBERS = new Set(["d", "p", "q", "dp", "dq", "qi", "k"]);

export const REDACTED = "[redacted]";

/** The value with every secret replaced: an audit row tells that it changed, never what it is (STYLE §2.13). */
export function redacted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((member: JsonValue) => redacted(member));
  if (typeof value !== "object" || value === null) return value;
  const object = value as { readonly [key: string]: JsonValue | undefined };
  const isJwk = typeof object.kty === "string";
  const copy: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(object)) {
    if (member === undefined) continue;
    const secret = SECRET.test(key) || (isJwk && PRIVATE_JWK_MEMBERS.has(key));
    copy[key] = secret && member !== null && typeof member !== "boolean" ? REDACTED : redacted(member);
  }
  return copy;
}
