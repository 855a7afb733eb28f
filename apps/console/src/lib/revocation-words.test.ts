import { describe, expect, it } from "vitest";
import { reachWords, revokedThing } from "./revocation-words";

const of = { tenant: "acme", jti: null, digest: null, subject: null };

describe("what is revoked", () => {
  it("is named by what an operator knows it by", () => {
    expect(revokedThing({ ...of, kind: "suspension" })).toEqual({ kind: "Tenant", name: "acme" });
    expect(revokedThing({ ...of, kind: "subject", subject: "ada" })).toEqual({ kind: "Subject", name: "ada" });
    expect(revokedThing({ ...of, kind: "token", jti: "t-1" })).toEqual({ kind: "Token", name: "t-1" });
    expect(revokedThing({ ...of, kind: "token", digest: "ab".repeat(32) }).name).toBe("sha256 abababababab…");
  });

  it("says where it stands, and an unreachable node is never counted as done", () => {
    const reach = (inEffect: number, nodes: number, unreachable = 0) => reachWords({ state: "in_force", reach: { inEffect, nodes, unreachable } });
    expect(reach(3, 3)).toEqual({ tone: "ok", words: "At all 3 nodes" });
    expect(reach(2, 3)).toEqual({ tone: "pend", words: "At 2 of 3 nodes" });
    expect(reach(2, 3, 1)).toEqual({ tone: "fail", words: "2 of 3, 1 unreachable" });
    expect(reachWords({ state: "lifted", reach: { inEffect: 0, nodes: 3, unreachable: 3 } })).toEqual({ tone: "unk", words: "Lifted" });
  });
});
