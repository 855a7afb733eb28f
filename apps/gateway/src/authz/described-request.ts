import type { AuthzProfile } from "./profiles.js";

/** The request that a decision is asked for, as its own bytes would have said. */
export interface DescribedRequest {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
}

/** What a proxy says of the request; each at most once. */
const DESCRIPTION = ["x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"] as const;
type Described = Partial<Record<(typeof DESCRIPTION)[number], string>>;

const isDescription = (name: string): name is (typeof DESCRIPTION)[number] => (DESCRIPTION as readonly string[]).includes(name);
/** The proxy's own hop: none of it is the request's (RFC 9110 §7.6.1). */
const OF_THE_CALL = new Set(["connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"]);

/**
 * Reads the call of a proxy that is trusted to describe requests.
 * @returns null where the description is missing or ambiguous: nothing is decided for a request that nobody knows
 */
export function describedRequest(
  call: { readonly method: string; readonly target: string; readonly rawHeaders: readonly string[] },
  profile: AuthzProfile,
): DescribedRequest | null {
  if (!profile.described) return { method: call.method, target: call.target.slice(profile.path.length) || "/", rawHeaders: call.rawHeaders };
  const described: Described = {};
  const rawHeaders: string[] = [];
  let ownHost: string | null = null;
  for (let index = 0; index < call.rawHeaders.length; index += 2) {
    const name = call.rawHeaders[index] ?? "";
    const value = call.rawHeaders[index + 1] ?? "";
    const lower = name.toLowerCase();
    if (isDescription(lower)) {
      if (described[lower] !== undefined) return null;
      described[lower] = value;
    } else if (lower === "host") ownHost = value;
    else if (!OF_THE_CALL.has(lower)) rawHeaders.push(name, value);
  }
  const method = described["x-forwarded-method"];
  const target = described["x-forwarded-uri"];
  if (method === undefined || target === undefined || !target.startsWith("/")) return null;
  const host = described["x-forwarded-host"] ?? ownHost;
  if (host !== null) rawHeaders.push("Host", host);
  return { method, target, rawHeaders };
}
