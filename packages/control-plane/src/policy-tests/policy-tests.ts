import { withFleet } from "@sallyport/data";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant, requireOnTenant } from "../access/require.js";
import { openTenantScope, type TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import type { ComposedCheck } from "../publish/composed-check.js";
import type { PublisherParts } from "../publish/publisher.js";
import { parse } from "../validation.js";
import { type RunTestsInput, runTestsInput, type TryTestInput, tryTestInput } from "./policy-tests.schemas.js";
import { runTests, type TestOutcome } from "./run-tests.js";
import { readTests } from "./stored-tests.js";
import { createTriedContent } from "./tried-content.js";

/** Every test that was run, and what became of it. */
export interface TestsRun {
  /** The revision that they ran on; null for the draft, and before the first. */
  readonly revision: number | null;
  readonly passed: number;
  readonly failed: number;
  readonly outcomes: readonly TestOutcome[];
}

/** Assertions on what becomes of requests. Nodes never get them; a publish runs those that it can turn. */
export interface PolicyTests {
  /**
   * Runs the saved tests of one tenant, or all of them and the fleet's. On the draft all that can be read of it counts, as if it were published.
   * @throws ServiceError `not_found` for a tenant, `precondition` where the content does not compile
   */
  run(actor: Actor, input?: RunTestsInput): Promise<TestsRun>;
  /** Runs one that need not be saved. @throws ServiceError `invalid` for its spec, `precondition` as above */
  attempt(scope: TenantScope, input: TryTestInput): Promise<TestOutcome>;
}

/** @param composed shared with the review: both look at nearly the same content, and keep it */
export function createPolicyTests(deps: ControlPlaneDeps, parts: PublisherParts, composed: ComposedCheck): PolicyTests {
  const contentOf = createTriedContent(deps, parts, composed);

  return {
    async run(actor, raw = {}) {
      const { tenant, on } = parse(runTestsInput, raw);
      if (tenant === undefined) requireFleetGrant(actor, "draft.read");
      const choice = tenant === undefined ? { tenants: "all" as const, ofFleet: true } : { tenants: [tenant], ofFleet: false };
      const tests = await withFleet(deps.data.fleet, async (tx) => {
        if (tenant !== undefined)
          await openTenantScope(actor, tenant, "tenant.read", (slug) => tx.tenant.findUnique({ where: { slug }, select: { id: true, slug: true } }));
        return readTests(tx, choice);
      });
      if (tests.length === 0) return { revision: null, passed: 0, failed: 0, outcomes: [] };
      const { compiled, revision } = await contentOf(on);
      const outcomes: TestOutcome[] = [];
      for await (const outcome of runTests(tests, choice, { compiled, standIns: parts.standIns, clock: deps.clock })) outcomes.push(outcome);
      const passed = outcomes.filter((outcome) => outcome.passed).length;
      return { revision, passed, failed: outcomes.length - passed, outcomes };
    },

    async attempt(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const { spec, on } = parse(tryTestInput, raw);
      const { compiled } = await contentOf(on);
      const test = { tenant: scope.slug, name: "attempt", spec };
      const running = { compiled, standIns: parts.standIns, clock: deps.clock };
      for await (const outcome of runTests([test], { tenants: [scope.slug], ofFleet: false }, running)) return outcome;
      throw new Error("One test has one outcome.");
    },
  };
}
