import type { ObservedKey, ProbeOutcome } from "@sallyport/idp-client";
import { describe, expect, it } from "vitest";
import { type Evidence, judge, type Watched } from "./judge.js";
import { diffKeys, type KnownKey } from "./key-diff.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.parse("2026-06-01T12:00:00Z");
const facts = { jwksUri: "https://idp.example/jwks", endpoints: {}, algorithms: ["ES256"], certificateUntil: null };
const WELL: Watched = { state: "well", failures: 0, failingSince: null, okAt: NOW - 5 * MINUTE, facts, findings: [] };

const seen = (kid: string): ObservedKey => ({
  ...{ kid, thumbprint: `of ${kid}`, kty: "EC", alg: "ES256", use: "sig", crv: "P-256", bits: 256, algorithms: ["ES256"], problem: null },
});
const known = (kid: string, days: number): KnownKey => {
  const { algorithms: _, ...key } = seen(kid);
  return { ...key, firstSeenAt: NOW - days * DAY, lastSeenAt: null, vanishedAt: null };
};
function look(keys: readonly string[], before: readonly KnownKey[], more: { certificateUntil?: number; holders?: Evidence["holders"] } = {}) {
  const observed = keys.map(seen);
  const { certificateUntil = null, holders = new Map() } = more;
  const outcome: ProbeOutcome = { ok: true, ms: 5, keys: observed, facts: { ...facts, algorithms: ["ES256"], certificateUntil } };
  return judge(WELL, { outcome, diff: diffKeys(before, observed), holders, now: NOW, intervalMs: 5 * MINUTE });
}
const fail = (before: Watched, code: "timeout" | "issuer_differs" = "timeout") =>
  judge(before, {
    outcome: { ok: false, ms: 5_000, code, detail: "no answer", remedy: "wait" },
    ...{ diff: null, holders: new Map(), now: NOW, intervalMs: 5 * MINUTE },
  });

describe("a key that goes while nodes hold it", () => {
  const holders = new Map([["old", ["edge-1", "edge-2"]]]);

  it("is a finding of its own when its successor came lately, and looked for again soon", () => {
    const { findings, state, nextInMs } = look(["new"], [known("old", 90), known("new", 0.5)], { holders });
    expect(findings).toMatchObject([
      { code: "key_withdrawn", kid: "old", severity: "medium", detail: expect.stringContaining("edge-1, edge-2 still hold it") },
    ]);
    expect([state, nextInMs]).toEqual(["attention", MINUTE]);
  });

  it("is how a rotation should be when its successor has stood beside it for a day", () => {
    const { findings, state } = look(["new"], [known("old", 90), known("new", 1.5)], { holders });
    expect(findings).toMatchObject([{ code: "key_withdrawn", severity: "low" }]);
    expect(state).toBe("well");
  });

  it("is nothing when no node holds it", () => {
    expect(look(["new"], [known("old", 90), known("new", 0.5)]).findings).toEqual([]);
  });
});

it.each([
  [15, []],
  [14.5, []],
  [13.5, ["certificate_expiring"]],
  [-1, ["certificate_expiring"]],
])("a certificate with %f days left is told of as %j", (days, codes) => {
  expect(look(["a"], [known("a", 9)], { certificateUntil: NOW + days * DAY }).findings.map(({ code }) => code)).toEqual(codes);
});

it("what fails is asked again after half a minute, then in the interval, then ever more seldom, and once an hour at least", () => {
  const waits: number[] = [];
  let target: Watched = WELL;
  for (let round = 0; round < 9; round += 1) {
    const next = fail(target);
    waits.push(next.nextInMs / MINUTE);
    target = next;
  }
  expect(waits).toEqual([0.5, 5, 10, 20, 40, 60, 60, 60, 60]);
});

it("one failure is nobody's fault, two are an outage that is told of once, and the first good probe ends it", () => {
  const first = fail(WELL);
  expect([first.state, first.findings]).toEqual(["well", []]);
  const second = fail(first);
  expect(second).toMatchObject({ state: "failing", failingSince: NOW, findings: [{ code: "unreachable", remedy: "wait" }] });
  const told = { ...second, findings: second.findings.map((finding) => ({ ...finding, alert: "fingerprint" })) };
  expect(fail(told).findings).toEqual(told.findings);
  const observed = [seen("a")];
  const outcome: ProbeOutcome = { ok: true, ms: 5, keys: observed, facts: { ...facts, algorithms: ["ES256"], certificateUntil: null } };
  const back = judge(told, { outcome, diff: diffKeys([known("a", 9)], observed), holders: new Map(), now: NOW, intervalMs: MINUTE });
  expect(back).toMatchObject({ state: "well", failures: 0, failingSince: null, code: null, findings: [] });
});
