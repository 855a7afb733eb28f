import { authenticate, type CompiledSnapshot, type Ports, REFUSALS } from "@sallyport/pipeline";
import { expect } from "vitest";
import { factsOf, freshConnection } from "./fleet.fixture.js";
import type { HostileCase } from "./hostile-case.js";

/** SECURITY §1.10: what a refusal may look like. */
const ANSWERS = new Set([400, 401, 403, 404, 405, 413, 414, 429, 431, 503]);

/**
 * Decides a case with empty memories, again with all memories warm (same connection), and with a warm cache on a new connection: the
 * answer, findings included, must be the same each time, and never a fault.
 */
export async function expectAnswers(compiled: CompiledSnapshot, hostile: HostileCase, ports: Ports): Promise<void> {
  const connection = freshConnection();
  for (const memo of [connection, connection, freshConnection(), null]) await expectAnswer(compiled, { ...hostile, connection: memo }, ports);
}

async function expectAnswer(compiled: CompiledSnapshot, hostile: HostileCase, ports: Ports): Promise<void> {
  const decision = await authenticate(compiled, factsOf(hostile), ports);
  const answer = decision.outcome === "deny" ? decision.code : decision.outcome;
  expect(answer, decision.outcome === "deny" ? decision.detail : "allowed").toBe(hostile.expect);
  expect(decision.findings.map(({ kind }) => kind)).toEqual(hostile.findings ?? []);
  if (decision.outcome === "deny") {
    expect(decision.code).not.toBe("internal_fault");
    const { status } = REFUSALS[decision.code];
    expect(ANSWERS).toContain(status);
    expect(status).toBe(hostile.status ?? status);
    return;
  }
  if (decision.outcome === "preflight") return;
  for (const text of decision.upstreamHeaders) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
  hostile.upstream?.(decision);
}
