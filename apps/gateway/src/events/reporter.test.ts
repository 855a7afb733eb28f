import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EventsRequest, eventsRequest } from "@sallyport/snapshot/protocol";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProblems } from "../problems.js";
import { eventually, freshFolder, removeFolder } from "../testing/gateway.js";
import { nodeEvent } from "./finding-event.js";
import { createEventReporter, type SendResult } from "./reporter.js";
import { openEventSpool } from "./spool.js";

describe("the way of security events", () => {
  let dataDir: string;
  let sent: EventsRequest[];
  let answer: SendResult;
  let now: number;
  let isOlder: boolean;
  const problems = createProblems();
  const logger = pino({ level: "silent" });
  const open = async (options: { maxBatches?: number; ringCapacity?: number } = {}) => {
    const spool = await openEventSpool(dataDir, options.maxBatches ?? 100);
    const send = async (batch: EventsRequest): Promise<SendResult> => {
      if (isOlder && batch.decided !== undefined) return "rejected";
      if (answer === "accepted") sent.push(batch);
      return answer;
    };
    const reporter = createEventReporter({
      send,
      spool,
      problems,
      logger,
      clock: { now: () => now },
      flushEveryMs: 5,
      ringCapacity: options.ringCapacity ?? 10_000,
    });
    return { reporter, spool };
  };
  const details = () => sent.flatMap(({ events }) => events.map(({ detail }) => detail));
  const report = (reporter: Awaited<ReturnType<typeof open>>["reporter"], from: number, to: number) => {
    for (let index = from; index < to; index += 1) reporter.report(nodeEvent("tenant_conflict", `event ${index}`));
  };

  beforeEach(async () => {
    dataDir = await freshFolder();
    sent = [];
    answer = "accepted";
    now = Date.now();
    isOlder = false;
  });
  afterEach(() => removeFolder(dataDir));

  it("brings all events through an outage and a restart, in batches of at most 500, each event once when nothing is lost", async () => {
    answer = "unreachable";
    const first = await open();
    report(first.reporter, 0, 1_200);
    await eventually("they are on disk", () => first.spool.batches >= 3);
    await first.reporter.close();
    answer = "accepted";
    now += 60_000;
    const second = await open();
    report(second.reporter, 1_200, 1_300);
    await eventually("all have arrived", () => details().length === 1_300);
    expect(new Set(details()).size).toBe(1_300);
    expect(details().slice(0, 3)).toEqual(["event 0", "event 1", "event 2"]);
    expect(Math.max(...sent.map(({ events }) => events.length))).toBeLessThanOrEqual(500);
    expect(new Set(sent.map(({ batch }) => batch)).size).toBe(sent.length);
    await second.reporter.close();
    expect(second.reporter.droppedTotal).toBe(0);
  });

  it("tells which revision decided, and an older control plane, which rejects that, without", async () => {
    const route = { name: "all", slotOwner: undefined, slotHeld: undefined };
    const { reporter } = await open();
    reporter.count("acme", null, "missing_token");
    reporter.runs(4);
    reporter.allowed("acme", route);
    reporter.allowed("acme", route);
    reporter.count("acme", "all", "token_expired");
    reporter.runs(5);
    reporter.runs(6);
    reporter.allowed("acme", route);
    now += 6_000;
    await eventually("the counts arrive", () => sent.length === 1);
    const minute = sent[0]?.counts[0]?.minute;
    expect(sent[0]?.decided).toEqual([
      { revision: null, minute, total: 1, refused: 1 },
      { revision: 4, minute, total: 3, refused: 1 },
      { revision: 6, minute, total: 1, refused: 0 },
    ]);
    expect(sent[0]?.counts.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    isOlder = true;
    reporter.allowed("acme", route);
    now += 6_000;
    await eventually("they arrive there, too", () => sent.length === 2);
    expect(sent[1]).not.toHaveProperty("decided");
    expect(sent[1]?.counts).toMatchObject([{ result: "allow", count: 1 }]);
    await reporter.close();
    expect(reporter.droppedTotal).toBe(0);
  });

  it("tells at most two hundred revisions apart, and loses no decision", async () => {
    const { reporter } = await open();
    for (let revision = 1; revision <= 500; revision += 1) {
      reporter.runs(revision);
      reporter.count("acme", null, "missing_token");
    }
    await reporter.close();
    const decided = sent[0]?.decided ?? [];
    expect(decided).toHaveLength(200);
    expect(decided.reduce((sum, { total }) => sum + total, 0)).toBe(500);
    expect(eventsRequest.safeParse(sent[0]).success).toBe(true);
  });

  it("counts what the full ring lets go, and says so", async () => {
    const { reporter } = await open({ ringCapacity: 400 });
    report(reporter, 0, 450);
    await eventually("they arrive", () => sent.length > 0);
    await reporter.close();
    expect(sent.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(50);
    expect(details()[0]).toBe("event 50");
    expect(reporter.droppedTotal).toBe(50);
    expect(problems.list().join()).toContain("50 security events were dropped");
  });

  it("counts what the full spool lets go: the oldest", async () => {
    answer = "unreachable";
    const { reporter, spool } = await open({ maxBatches: 2 });
    for (let round = 0; round < 4; round += 1) {
      report(reporter, round * 500, round * 500 + 500);
      await eventually("the round is on disk", () => spool.batches >= Math.min(round + 1, 2));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    answer = "accepted";
    now += 60_000;
    await eventually("the rest arrives", () => details().length === 1_000);
    await reporter.close();
    expect(details()[0]).toBe("event 1000");
    expect(reporter.droppedTotal).toBe(1_000);
    expect(sent.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(1_000);
  });

  it("does not wait behind a batch that can never be accepted, nor behind a torn file", async () => {
    await (await open()).reporter.close();
    await writeFile(join(dataDir, "events", "0000000000000001.json"), '{"batch":');
    answer = "rejected";
    const { reporter } = await open();
    report(reporter, 0, 3);
    await eventually("it is given up", () => reporter.droppedTotal === 3);
    answer = "accepted";
    now += 60_000;
    report(reporter, 3, 5);
    await eventually("the next arrive", () => details().length === 2);
    await reporter.close();
  });

  it("adds decisions up by minute, tenant, route and result", async () => {
    const { reporter } = await open();
    const routeOf = (name: string) => ({ name, slotOwner: null, slotHeld: null });
    const [route, compiledAgain, other] = [routeOf("main"), routeOf("main"), routeOf("other")] as const;
    for (let count = 0; count < 4; count += 1) reporter.allowed("acme", route);
    reporter.allowed("acme", compiledAgain);
    reporter.allowed("globex", other);
    reporter.count("acme", "main", "missing_token");
    reporter.count(null, null, "tenant_not_found");
    await reporter.close();
    const rows = sent.flatMap(({ counts }) => counts);
    const minute = new Date(Math.floor(now / 60_000) * 60_000).toISOString();
    expect(rows).toContainEqual({ minute, tenant: "acme", route: "main", result: "allow", count: 5 });
    expect(rows).toContainEqual({ minute, tenant: "globex", route: "other", result: "allow", count: 1 });
    expect(rows).toContainEqual({ minute, tenant: "acme", route: "main", result: "missing_token", count: 1 });
    expect(rows).toContainEqual({ minute, tenant: null, route: null, result: "tenant_not_found", count: 1 });
  });

  it("tells of decisions after a quiet hour as of the minute in which they came", async () => {
    const { reporter } = await open();
    reporter.count("acme", "main", "missing_token");
    now += 5_000;
    const rows = () => sent.flatMap(({ counts }) => counts);
    await eventually("the first is there", () => rows().length === 1);
    now += 3_600_000;
    await new Promise((resolve) => setTimeout(resolve, 30));
    reporter.count("acme", "main", "rate_limited");
    await reporter.close();
    expect(rows()[1]).toEqual({
      minute: new Date(Math.floor(now / 60_000) * 60_000).toISOString(),
      tenant: "acme",
      route: "main",
      result: "rate_limited",
      count: 1,
    });
  });

  it("tells of decisions within five seconds, and of so many that it would never end no less than every half minute", async () => {
    const { reporter } = await open();
    const decide = (tenants: number) => {
      for (let index = 0; index < tenants; index += 1) reporter.count(`t-${index}`, "main", "allow");
    };
    const told = () => sent.reduce((sum, { counts }) => sum + counts.length, 0);
    const passes = async (ms: number) => {
      now += ms;
      await new Promise((resolve) => setTimeout(resolve, 30));
    };
    decide(3);
    await passes(4_900);
    expect(told()).toBe(0);
    await passes(200);
    await eventually("few rows are there", () => told() === 3);
    decide(2_000);
    await passes(5_000);
    await eventually("many rows are there", () => told() === 2_003);
    decide(1);
    // Two thousand rows have time for ten seconds.
    await passes(9_800);
    expect(told()).toBe(2_003);
    await passes(300);
    await eventually("the next are there", () => told() === 2_004);
    decide(30_000);
    await passes(5_000);
    await eventually("all rows are there", () => told() === 32_004);
    decide(1);
    await passes(29_800);
    expect(told()).toBe(32_004);
    await passes(300);
    await eventually("the last is there", () => told() === 32_005);
    await reporter.close();
  });
});
