import {
  type Allow,
  authenticate,
  type CompiledSnapshot,
  type DenyCode,
  type Ports,
  REFUSALS,
  type RequestFacts,
  type SessionLookup,
} from "@sallyport/pipeline";

/** What becomes of something that is open. */
export type Verdict =
  | { readonly outcome: "goes_on"; readonly decision: Allow }
  | { readonly outcome: "end"; readonly code: DenyCode }
  /** Nobody could say: a store or an identity provider is away. What is open stays so, until its credential ends. */
  | { readonly outcome: "unknown" };

/** Codes with these say nothing of the credential. */
const NOT_NOW: ReadonlySet<number> = new Set([429, 503]);
const FREE = { allowed: true, remaining: 1, retryAfterSeconds: 0 };

/**
 * Decides again, as if the request that opened it came now, and leaves no trace of it: no limit is used up, no session is extended, no use of
 * a key is noted, no token is signed, no proof is used, nothing is found. For one sweep: what is learned of a session is learned once.
 */
export function createJudge(ports: Ports): (compiled: CompiledSnapshot, facts: RequestFacts, tenant: string) => Promise<Verdict> {
  const { apiKeyUsed: _, ...rest } = ports;
  const looked = new Map<string, Promise<SessionLookup>>();
  const quiet: Ports = {
    ...rest,
    limits: { take: () => FREE },
    internalTokens: { sign: () => "not sent" },
    sessions: {
      find(of, digest) {
        const key = `${of} ${digest}`;
        const known = looked.get(key) ?? ports.sessions.find(of, digest);
        looked.set(key, known);
        return known;
      },
      used: () => undefined,
    },
    keys: {
      current: (idp) => ports.keys.current(idp),
      load: (idp) => ports.keys.load(idp),
      refreshForUnknownKid: (idp) => ports.keys.refreshForUnknownKid(idp),
      refusedUnknownKid: () => undefined,
    },
  };
  return async (compiled, facts, tenant) => {
    // What the connection's memo holds belongs to the request that is on it now.
    const decision = await authenticate(compiled, { ...facts, decidedBefore: true, connection: null }, quiet);
    if (decision.outcome === "allow")
      return decision.tenant.slug === tenant ? { outcome: "goes_on", decision } : { outcome: "end", code: "tenant_mismatch" };
    // The nodes answer it themselves now: no route takes it to the upstream any more.
    if (decision.outcome === "preflight") return { outcome: "end", code: "route_not_found" };
    return NOT_NOW.has(REFUSALS[decision.code].status) ? { outcome: "unknown" } : { outcome: "end", code: decision.code };
  };
}
