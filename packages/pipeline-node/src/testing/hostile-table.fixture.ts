import {
  type Allow,
  authenticate,
  type CompiledSnapshot,
  type DenyCode,
  type KeySource,
  type Ports,
  REFUSALS,
  type TokenIntrospector,
} from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { factsOf, freshConnection, portsWith, type RequestParts } from "./fleet.fixture.js";

export interface HostileCase extends RequestParts {
  readonly name: string;
  /** `allow`, or the code of the refusal. */
  readonly expect: DenyCode | "allow";
  /** Kinds of the findings that must be reported, in order; none unless given. */
  readonly findings?: readonly string[];
  /** Looks at what would go to the upstream. */
  readonly upstream?: (allow: Allow) => void;
  /** Instead of the table's. */
  readonly compiled?: CompiledSnapshot;
  readonly keys?: KeySource;
}

/** SECURITY §1.10: what a refusal may look like. */
const ANSWERS = new Set([400, 401, 403, 404, 405, 413, 414, 429, 431, 503]);

/**
 * Runs a clause's table. Each case is decided with empty memories, again with all memories warm (same connection), and with a warm
 * cache on a new connection: the answer, findings included, must be the same each time, and never a fault.
 */
export function runHostileTable(
  clause: string,
  defaults: { readonly compiled: CompiledSnapshot; readonly keys: KeySource; readonly introspection?: TokenIntrospector },
  cases: readonly HostileCase[],
) {
  describe(clause, () => {
    test("the table has at least ten cases", () => expect(cases.length).toBeGreaterThanOrEqual(10));
    test.each(cases.map((each) => [each.name, each.expect, each] as const))("%s → %s", async (_, expected, hostile) => {
      const { introspection } = defaults;
      const ports = portsWith(hostile.keys ?? defaults.keys, introspection === undefined ? {} : { introspection });
      const compiled = hostile.compiled ?? defaults.compiled;
      const connection = freshConnection();
      for (const memo of [connection, connection, freshConnection(), null]) {
        await expectAnswer(compiled, { ...hostile, connection: memo }, expected, ports);
      }
    });
  });
}

async function expectAnswer(compiled: CompiledSnapshot, hostile: HostileCase, expected: string, ports: Ports): Promise<void> {
  const decision = await authenticate(compiled, factsOf(hostile), ports);
  const answer = decision.outcome === "deny" ? decision.code : "allow";
  expect(answer, decision.outcome === "deny" ? decision.detail : "allowed").toBe(expected);
  expect(decision.findings.map(({ kind }) => kind)).toEqual(hostile.findings ?? []);
  if (decision.outcome === "deny") {
    expect(decision.code).not.toBe("internal_fault");
    expect(ANSWERS).toContain(REFUSALS[decision.code].status);
    return;
  }
  for (const text of decision.upstreamHeaders) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
  hostile.upstream?.(decision);
}
