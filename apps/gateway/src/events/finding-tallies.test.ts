import type { SecurityFinding } from "@sallyport/pipeline";
import { type FixedClock, fixedClock } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FoundIn, UnsentEvent } from "./finding-event.js";
import { createFindingTallies, type FindingTallies } from "./finding-tallies.js";

const spoof: SecurityFinding = {
  kind: "spoofed_identity_header",
  tenant: "acme",
  tokenTenant: null,
  identityProvider: null,
  subject: null,
  issuer: null,
  detail: "X-User-Id",
};
const from = (clientIp: string, requestId = "r"): FoundIn => ({
  facts: { method: "GET", target: "/x?secret", rawHeaders: [], remoteAddress: clientIp, secure: false, requestId, connection: null },
  route: "main",
  code: null,
  clientIp,
  tokenHash: () => null,
});

describe("findings on their way to the reporter", () => {
  let clock: FixedClock;
  let sent: { event: UnsentEvent; atMs: number }[];
  let tallies: FindingTallies;
  const counts = () => sent.map(({ event }) => event.count);
  const told = () => counts().reduce((sum, count) => sum + count, 0);
  const pass = (ms: number) => {
    clock.advance(ms);
    tallies.sendDue();
  };

  beforeEach(() => {
    clock = fixedClock();
    sent = [];
    tallies = createFindingTallies({ clock, report: (event, atMs) => sent.push({ event, atMs }) });
  });
  afterEach(() => tallies.close());

  it("the first goes out at once, the rest of ten seconds as one that counts them, at the time of the last", () => {
    for (let index = 0; index < 1_000; index += 1) {
      tallies.add(spoof, from("192.0.2.1"));
      clock.advance(1);
    }
    expect(counts()).toEqual([1]);
    pass(9_000);
    expect(counts()).toEqual([1, 999]);
    expect(sent[1]?.atMs).toBe(Date.UTC(2026, 0, 1) + 999);
    expect(sent[1]?.event.path).toBe("/x");
  });

  it("rate limits are told apart by policy: what one that observes would refuse does not hide behind another", () => {
    const over = (policy: string): SecurityFinding => ({ ...spoof, kind: "rate_limit_exceeded", detail: `the rate limit ${policy} is used up` });
    for (let index = 0; index < 10; index += 1) for (const policy of ["trial", "other"]) tallies.add(over(policy), from("192.0.2.1"));
    pass(10_000);
    const seen = sent.map(({ event: { detail, count } }) => `${detail}: ${count}`);
    expect(seen.sort()).toEqual(["other", "trial"].flatMap((policy) => [1, 9].map((count) => `the rate limit ${policy} is used up: ${count}`)));
  });

  it("a flood that goes on is one event every ten seconds, and one that ends is forgotten", () => {
    for (let second = 0; second < 60; second += 1) {
      for (let index = 0; index < 100; index += 1) tallies.add(spoof, from("192.0.2.1"));
      pass(1_000);
    }
    expect(counts()).toEqual([1, 999, 1_000, 1_000, 1_000, 1_000, 1_000]);
    expect(told()).toBe(6_000);
    pass(10_000);
    pass(10_000);
    expect(tallies.size).toBe(0);
    tallies.add(spoof, from("192.0.2.1"));
    expect(counts()).toHaveLength(8);
  });

  it("a million fingerprints of one tenant are few events in bounded memory, and none of them is lost", () => {
    for (let index = 0; index < 1_000_000; index += 1) tallies.add({ ...spoof, subject: `s-${index}` }, from(`2001:db8::${index.toString(16)}`));
    expect(tallies.size).toBeLessThanOrEqual(17);
    tallies.add({ ...spoof, tenant: "globex" }, from("192.0.2.7"));
    expect(sent.at(-1)?.event).toMatchObject({ tenant: "globex", count: 1 });
    pass(10_000);
    expect(told()).toBe(1_000_001);
    expect(sent.length).toBeLessThan(40);
  });

  it("a million fingerprints of as many tenants are bounded too, and none of them is lost", () => {
    for (let index = 0; index < 1_000_000; index += 1) tallies.add({ ...spoof, tenant: `t-${index}` }, from("192.0.2.1"));
    expect(tallies.size).toBeLessThanOrEqual(2_001);
    pass(10_000);
    expect(told()).toBe(1_000_000);
    expect(sent.length).toBeLessThan(2_010);
  });

  it("what tells findings apart keeps them apart: kind, tenants, provider, subject, address, route", () => {
    tallies.add(spoof, from("192.0.2.1"));
    tallies.add(spoof, from("192.0.2.2"));
    tallies.add(spoof, { ...from("192.0.2.1"), route: "other" });
    tallies.add({ ...spoof, subject: "u" }, from("192.0.2.1"));
    tallies.add({ ...spoof, kind: "algorithm_attack" }, from("192.0.2.1"));
    tallies.add({ ...spoof, tokenTenant: "globex" }, from("192.0.2.1"));
    tallies.add({ ...spoof, identityProvider: "main" }, null);
    expect(counts()).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it("a finding that counts by itself brings its own count", () => {
    tallies.add({ ...spoof, kind: "unknown_key_flood", count: 412 }, null);
    tallies.add({ ...spoof, kind: "unknown_key_flood", count: 30 }, null);
    tallies.close();
    expect(counts()).toEqual([412, 30]);
  });

  it("the end of the node sends what is counted", () => {
    for (let index = 0; index < 5; index += 1) tallies.add(spoof, from("192.0.2.1"));
    tallies.close();
    expect(counts()).toEqual([1, 4]);
  });
});
