import type { CompiledSnapshot } from "@sallyport/pipeline";
import { type PolicyTestResult, runPolicyTest, type StandIns } from "@sallyport/pipeline-node";
import { type PolicyTestSpec, policyTestSpec } from "@sallyport/snapshot";
import type { Clock } from "../deps.js";
import { check } from "../validation.js";
import { isChosen, pathOfTest, type StoredTest, type TestChoice } from "./stored-tests.js";

/** A test, and what became of it. */
export interface TestOutcome extends PolicyTestResult {
  /** `tenants/acme/policyTests/reads`. */
  readonly path: string;
  /** Slug of the tenant that it belongs to; null for one of the whole fleet. */
  readonly tenant: string | null;
  readonly name: string;
  /** What it guards. */
  readonly description: string | null;
  /** Of a test that holds for each tenant: the one at which it failed. */
  readonly at: string | null;
}

/** What tests say of some content. */
export interface TestReport {
  /** How many there are. */
  readonly total: number;
  readonly passed: number;
  /** In the order of their paths. Of a test that fails at many tenants, the first is here, and `at` says which. */
  readonly failed: readonly TestOutcome[];
}

interface Running {
  readonly compiled: CompiledSnapshot;
  readonly standIns: StandIns;
  readonly clock: Clock;
}

/** After so many decisions others get their turn. */
const RUNS_A_TURN = 50;

/** The tenants that a test of the fleet is run for: the one that it names, that of its host, or each that is meant. */
function targetsOf({ request }: PolicyTestSpec, compiled: CompiledSnapshot, choice: TestChoice): readonly (string | null)[] {
  if (request.tenant !== undefined) return [request.tenant];
  if (request.host !== undefined) return [null];
  return [...compiled.tenants.keys()].filter((slug) => isChosen(choice, slug));
}

/** Runs tests on what nodes would run. One that is stored and cannot be read fails: it may be what holds somebody off. */
export async function* runTests(tests: readonly StoredTest[], choice: TestChoice, running: Running): AsyncGenerator<TestOutcome, void, void> {
  let runs = 0;
  for (const test of tests) {
    // Of a tenant that is in the draft alone, nothing would be published.
    if (test.tenant !== null && !running.compiled.tenants.has(test.tenant)) continue;
    const facts = { path: pathOfTest(test), tenant: test.tenant, name: test.name };
    const spec = check(policyTestSpec, test.spec);
    if (!spec.ok) {
      yield { ...facts, ...unreadable(spec.issues.map(({ path, message }) => `${path} ${message}`)), description: null, at: null };
      continue;
    }
    const description = spec.value.description ?? null;
    const targets = test.tenant === null ? targetsOf(spec.value, running.compiled, choice) : [test.tenant];
    const isForEach = test.tenant === null && spec.value.request.tenant === undefined && spec.value.request.host === undefined;
    let last: TestOutcome | null = null;
    for (const tenant of targets) {
      const result = await runPolicyTest(spec.value, { ...running, tenant, discreet: test.tenant !== null });
      last = { ...facts, ...result, description, at: isForEach && !result.passed ? tenant : null };
      if (++runs % RUNS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      if (!result.passed) break;
    }
    if (last !== null) yield last;
  }
}

function unreadable(issues: readonly string[]): PolicyTestResult {
  const got = `cannot be read: ${issues.join("; ")}. Save it anew`;
  return { passed: false, expected: "unknown", got, differences: [got], decidedAt: null, steps: [], nearMisses: [] };
}

/** All of them, those that failed in full. */
export async function reportOf(outcomes: AsyncIterable<TestOutcome>): Promise<TestReport> {
  const failed: TestOutcome[] = [];
  let total = 0;
  for await (const outcome of outcomes) {
    total += 1;
    if (!outcome.passed) failed.push(outcome);
  }
  return { total, passed: total - failed.length, failed };
}
