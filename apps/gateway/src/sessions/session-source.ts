import type { SessionLookup, SessionSource } from "@sallyport/pipeline";
import { type StateStore, StateStoreUnavailable } from "@sallyport/state-store";
import { z } from "zod";
import type { Problems } from "../problems.js";

/** What a login leaves of the ID token, as it stands in a session's `data`. */
const sessionData = z.strictObject({ claims: z.record(z.string(), z.unknown()), scopes: z.array(z.string()) });
export type SessionData = z.output<typeof sessionData>;

function readData(text: string): SessionData | null {
  try {
    const parsed = sessionData.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The pipeline's view of the state store. @param store null where the node has none */
export function createSessionSource({ store, problems }: { readonly store: StateStore | null; readonly problems: Problems }): SessionSource {
  const extending = new Set<string>();
  const failed = (error: unknown): string => {
    const reason = error instanceof StateStoreUnavailable ? error.message : "what the state store answered cannot be read";
    problems.report("state-store", `sessions cannot be looked up: ${reason}`);
    return reason;
  };
  if (store === null) {
    return { find: () => Promise.resolve({ state: "unavailable", reason: "SALLYPORT_STATE_URL is not set" }), used: () => undefined };
  }
  return {
    async find(tenant, digest): Promise<SessionLookup> {
      try {
        const found = await store.sessions.get(tenant, digest);
        problems.clear("state-store");
        if (found.state !== "live") return found;
        const { session, nowMs } = found;
        const data = readData(session.data);
        // Of another build, or somebody else's: whose it is cannot be told.
        if (data === null) return { state: "unknown" };
        return {
          state: "live",
          session: {
            tenant,
            identityProvider: session.identityProvider,
            issuer: session.issuer,
            subject: session.subject,
            ...data,
            ageMs: nowMs - session.createdAtMs,
            sinceExtendedMs: nowMs - session.extendedAtMs,
            remainingMs: session.expiresAtMs - nowMs,
          },
        };
      } catch (error) {
        return { state: "unavailable", reason: failed(error) };
      }
    },
    used(tenant, digest, life) {
      const key = `${tenant} ${digest}`;
      if (extending.has(key)) return;
      extending.add(key);
      // The request has been let through: one that is not extended now is extended with the next.
      store.sessions
        .extend(tenant, digest, life)
        .catch(failed)
        .finally(() => extending.delete(key));
    },
  };
}
