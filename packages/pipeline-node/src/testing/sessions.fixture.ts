import type { SessionLookup, SessionSource } from "@sallyport/pipeline";
import { sha256Hex } from "../digests.js";

/** A session as a login would have left it in the store. */
export interface StoredFixture {
  /** What the browser holds. */
  readonly id: string;
  readonly tenant: string;
  readonly identityProvider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  readonly state: "live" | "expired";
}

/** 43 characters that end in one of the sixteen that 256 bits can end in. */
export const idOf = (letter: string): string => `${letter.repeat(42)}A`;

const stored = (letter: string, more: Partial<StoredFixture> = {}): StoredFixture => ({
  id: idOf(letter),
  tenant: "acme",
  identityProvider: "main",
  issuer: "https://idp.acme.example",
  subject: "user-1",
  claims: { sub: "user-1", email: "user-1@acme.example", sid: "idp-session" },
  scopes: ["openid", "read"],
  state: "live",
  ...more,
});

/** What is in the store while the tables run: over a socket, in a real one. */
export const STORED_SESSIONS: readonly StoredFixture[] = [
  stored("a"),
  stored("b", { state: "expired" }),
  stored("c", { tenant: "globex", issuer: "https://idp.globex.example" }),
  stored("d", { identityProvider: "gone" }),
  stored("e", { identityProvider: "off" }),
  stored("f", { issuer: "https://idp.globex.example" }),
  stored("g", { claims: { sub: "user-2" } }),
  stored("h", { claims: {} }),
  stored("i", { claims: { sub: "user-1", tenant_id: "globex" } }),
  stored("j", { claims: { sub: "user-1", tenant_id: ["acme"] } }),
  stored("k", { identityProvider: "second", issuer: "https://second.acme.example" }),
  stored("l", { claims: { sub: "user-1", cnf: { jkt: "x" } } }),
];

/** A store that never loses a session and whose clock stands still. */
export function sessionsOf(fixtures: readonly StoredFixture[]): SessionSource {
  const byKey = new Map(fixtures.map((each) => [`${each.tenant} ${sha256Hex(each.id)}`, each]));
  return {
    find(tenant, digest): Promise<SessionLookup> {
      const found = byKey.get(`${tenant} ${digest}`);
      if (found === undefined) return Promise.resolve({ state: "unknown" });
      if (found.state === "expired") return Promise.resolve({ state: "expired" });
      return Promise.resolve({ state: "live", session: { ...found, ageMs: 60_000, sinceExtendedMs: 1_000, remainingMs: 60_000 } });
    },
    used: () => undefined,
  };
}
