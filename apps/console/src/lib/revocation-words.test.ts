import { describe, expect, it } from "vitest";
import { reachWords, revokedThing, tookWords } from "./revocation-words";

const of = { tenant: "acme", jti: null, digest: null, subject: null, name: null, hint: null, sessions: null };
const reached = (inEffect: number, nodes: number, unreachable = 0) => ({ inEffect, nodes, unreachable, firstMs: null, lastMs: null });

describe("what is revoked", () => {
  it("is named by what an operator knows it by", () => {
    expect(revokedThing({ ...of, kind: "suspension" })).toEqual({ kind: "Tenant", name: "acme" });
    expect(revokedThing({ ...of, kind: "subject", subject: "ada" })).toEqual({ kind: "Subject", name: "ada" });
    expect(revokedThing({ ...of, kind: "token", jti: "t-1" })).toEqual({ kind: "Token", name: "t-1" });
    expect(revokedThing({ ...of, kind: "token", digest: "ab".repeat(32) }).name).toBe("sha256 abababababab…");
    expect(revokedThing({ ...of, kind: "api_key", name: "ci", hint: "x9Qz" })).toEqual({ kind: "API key", name: "ci …x9Qz" });
    expect(revokedThing({ ...of, kind: "session", subject: "ada", name: "main", sessions: 2 })).toEqual({ kind: "Sessions of", name: "ada" });
    expect(revokedThing({ ...of, kind: "session", sessions: 40 }).name).toBe("everybody");
    expect(revokedThing({ ...of, kind: "idp_keys", name: "main" })).toEqual({ kind: "Keys of", name: "main" });
    expect(revokedThing({ ...of, tenant: null, kind: "node", name: "edge-1" })).toEqual({ kind: "Node", name: "edge-1" });
  });

  it("says where it stands, and an unreachable node is never counted as done", () => {
    const at = (...reach: Parameters<typeof reached>) => reachWords({ kind: "token", state: "in_force", sessions: null, reach: reached(...reach) });
    expect(at(3, 3)).toEqual({ tone: "ok", words: "At all 3 nodes" });
    expect(at(2, 3)).toEqual({ tone: "pend", words: "At 2 of 3 nodes" });
    expect(at(2, 3, 1)).toEqual({ tone: "fail", words: "2 of 3, 1 unreachable" });
    expect(reachWords({ kind: "token", state: "lifted", sessions: null, reach: reached(0, 3, 3) })).toEqual({ tone: "unk", words: "Lifted" });
  });

  it("that no revision carries is never said to be at a number of nodes", () => {
    const final = { state: "final", reach: null, sessions: null } as const;
    expect(reachWords({ ...final, kind: "session", sessions: 1 }).words).toBe("At once");
    expect(reachWords({ ...final, kind: "session" })).toEqual({ tone: "att", words: "Store did not say" });
    expect(reachWords({ ...final, kind: "api_key" }).words).toBe("No node had it");
  });

  it("says how long it took, from the first node to the last, and nothing where nobody knows", () => {
    expect(tookWords({ ...reached(2, 2), firstMs: 180, lastMs: 1_240 })).toBe("180 ms – 1.2 s");
    expect(tookWords({ ...reached(1, 1), firstMs: 180, lastMs: 180 })).toBe("180 ms");
    expect([tookWords(reached(1, 1)), tookWords(null)]).toEqual([null, null]);
  });
});
