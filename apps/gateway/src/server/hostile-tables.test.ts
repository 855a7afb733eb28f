import { authenticate, REFUSALS } from "@sallyport/pipeline";
import { defaults, factsOf, HOSTILE_TABLES, type HostileCase, portsWith } from "@sallyport/pipeline-node/testing";
import { type RawResponse, rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../testing/gateway.js";
import { bytesOf, type HostileNode, sentOf, startHostileNode } from "../testing/hostile-node.js";

const BY_REQUESTS = ["algorithm_attack", "spoofed_identity_header", "cross_tenant_attempt", "tenant_conflict"];

/** Members of a problem document of ours (RFC 9457), and no others. */
const MEMBERS = new Set(["type", "title", "status", "code", "request_id", "error", "message"]);

describe("the contract's tables through a running node", () => {
  let hostile: HostileNode;
  const expectedFindings = new Map<string, number>();
  beforeAll(async () => {
    hostile = await startHostileNode();
  });
  afterAll(() => hostile.close());

  const send = (each: HostileCase): Promise<RawResponse> => rawRequest({ port: hostile.node.dataPort, bytes: bytesOf(each), timeoutMs: 10_000 });

  /** What the pipeline notes for operators about this request; null when it is allowed. */
  const detailOf = async (each: HostileCase): Promise<string | null> => {
    const decision = await authenticate(each.compiled ?? defaults.compiled, factsOf(each), portsWith(each.keys ?? defaults.keys));
    return decision.outcome === "deny" ? decision.detail : null;
  };

  const expectRefusal = async (each: HostileCase, answer: RawResponse, code: keyof typeof REFUSALS): Promise<void> => {
    expect(answer.status, answer.text).toBe(each.onWire === undefined ? (each.status ?? REFUSALS[code].status) : REFUSALS[code].status);
    expect(answer.headers.get("content-type")).toEqual(["application/problem+json"]);
    const problem: unknown = JSON.parse(answer.body.slice(0, Number(answer.headers.get("content-length")?.[0])));
    expect(problem).toMatchObject({ status: answer.status, code, request_id: expect.any(String) });
    expect(Object.keys(problem as object).filter((member) => !MEMBERS.has(member))).toEqual([]);
    const detail = await detailOf(each);
    if (detail !== null) expect(answer.text).not.toContain(detail);
  };

  for (const { clause, title, cases } of HOSTILE_TABLES) {
    describe(clause === null ? title : `SECURITY §1.${clause}: ${title}`, () => {
      it.each(cases.map((each) => [each.name, each.onWire?.expect ?? each.expect, each] as const))("%s → %s", async (_name, expected, each) => {
        await hostile.run(each);
        const before = hostile.upstream.requestCount();
        const answer = await send(each);
        for (const kind of each.onWire?.findings ?? (each.onWire?.expect === undefined ? (each.findings ?? []) : [])) {
          expectedFindings.set(kind, (expectedFindings.get(kind) ?? 0) + 1);
        }
        if (expected !== "allow") {
          await expectRefusal(each, answer, expected);
          expect(hostile.upstream.requestCount()).toBe(before);
          return;
        }
        if (answer.status === 101) return;
        expect(answer.status, answer.text).toBe(200);
        if (each.onWire === undefined) each.upstream?.(sentOf(answer.body));
      });
    });
  }

  it("the node lives after all of them, and takes a good request", async () => {
    const good = HOSTILE_TABLES[0]?.cases[0];
    if (good?.expect !== "allow") throw new Error("the first case is a good token");
    await hostile.run(good);
    expect((await send(good)).status).toBe(200);
    expect(hostile.node.gateway.readiness()).toEqual({ ready: true, reasons: [] });
    const metrics = await (await fetch(`http://127.0.0.1:${hostile.node.adminPort}/metrics`)).text();
    expect(metrics).not.toContain("internal_fault");
  });

  it("every finding is told of, and counted, once", async () => {
    await hostile.node.close();
    const counted = (kind: string): number =>
      [...hostile.plane.events.values()].filter((event) => event.kind === kind).reduce((sum, { count }) => sum + count, 0);
    for (const kind of BY_REQUESTS) {
      expect(expectedFindings.get(kind), kind).toBeGreaterThan(0);
      await eventually(`${kind} is told of`, () => counted(kind) >= (expectedFindings.get(kind) ?? 0), 2_000);
      expect(counted(kind), kind).toBe(expectedFindings.get(kind));
    }
  });
});
