import { type CompiledSnapshot, type ExplainedStep, explain, type NearMiss, type Ports } from "@sallyport/pipeline";
import type { PolicyTestSpec } from "@sallyport/snapshot";
import { createNodePorts } from "../node-ports.js";
import { systemClock } from "../system-clock.js";
import { CannotRun, makeCredential } from "./credential.js";
import { slugOf, withoutOthers } from "./discreet.js";
import { differencesOf, expectedIn, gotIn } from "./judge.js";
import { firstUse, unlimited } from "./nothing-counted.js";
import { factsOf } from "./request.js";
import type { StandIns } from "./stand-ins.js";

/** What became of a test. */
export interface PolicyTestResult {
  readonly passed: boolean;
  /** What was expected and what was decided, in words. */
  readonly expected: string;
  readonly got: string;
  /** All that differs, a sentence each; empty when it passed. */
  readonly differences: readonly string[];
  /** The step that decided it; null when it could not be run. */
  readonly decidedAt: ExplainedStep["step"] | null;
  readonly steps: readonly ExplainedStep[];
  readonly nearMisses: readonly NearMiss[];
}

export interface PolicyTestRun {
  readonly compiled: CompiledSnapshot;
  readonly standIns: StandIns;
  /** Slug of the tenant that the request is for; null where its host says it. */
  readonly tenant: string | null;
  /** The test is this tenant's own: nothing of another one is told. */
  readonly discreet: boolean;
  readonly clock?: Ports["clock"];
}

/**
 * Decides the test's request with the pipeline that nodes run, and compares. Nothing is asked over a network: the ports answer with what the
 * test says and with keys that were made for it. Nothing is counted: limits and lockouts refuse nobody.
 */
export async function runPolicyTest(
  test: PolicyTestSpec,
  { compiled, standIns, tenant: slug, discreet, clock = systemClock }: PolicyTestRun,
): Promise<PolicyTestResult> {
  const expected = expectedIn(test.expect);
  const cannot = (reason: string): PolicyTestResult => {
    const got = `cannot be run: ${reason}`;
    return { passed: false, expected, got, differences: [got], decidedAt: null, steps: [], nearMisses: [] };
  };
  const tenant = slug === null ? { slug: "", domains: [] } : compiled.tenants.get(slug);
  if (tenant === undefined) return cannot(`the tenant ${slug} is not there; name another one`);
  const internal = await standIns.of("internal tokens of policy tests", "ES256");
  try {
    const nowSeconds = Math.floor(clock.now() / 1_000);
    const named = "identityProviders" in tenant ? tenant : tenantOfHost(compiled, test);
    if (named === null && test.credential.kind !== "none") return cannot("the host names no tenant whose credential could be shown; name the tenant");
    const shown =
      named === null
        ? { headers: [], compiled, ports: {} }
        : await makeCredential(test.credential, { compiled, tenant: named, standIns, nowSeconds });
    const ports: Ports = {
      ...createNodePorts({
        keys: standIns.keys,
        limits: unlimited,
        proofs: firstUse,
        clock,
        internalTokens: { sign: (claims) => internal.sign({ typ: "JWT" }, claims) },
      }),
      ...shown.ports,
    };
    const facts = factsOf(compiled, test, tenant, shown.headers);
    const { decision, steps, nearMisses } = await explain(shown.compiled, facts, ports, { stopwatch: () => performance.now() * 1_000 });
    if (discreet && slugOf(decision) !== null && slugOf(decision) !== slug)
      return cannot("its host names no host of this tenant; choose another host");
    const differences = differencesOf(test.expect, decision);
    const isForeign = test.credential.kind === "foreign_token" || test.credential.kind === "foreign_api_key";
    const told = discreet && (isForeign || slugOf(decision) !== slug);
    return {
      passed: differences.length === 0,
      expected,
      got: told && decision.outcome === "deny" ? `refused with ${decision.code}` : gotIn(decision),
      differences,
      decidedAt: decidedAt(steps, test),
      steps: told ? steps.map((step) => withoutOthers(step, decision, slug)) : steps,
      nearMisses: discreet ? nearMisses.map(({ code, sentence }) => ({ code, sentence, elsewhere: null })) : nearMisses,
    };
  } catch (cause) {
    if (cause instanceof CannotRun) return cannot(cause.message);
    throw cause;
  }
}

/** Of a test that names a host only: whose host that is, for the credential's sake. */
function tenantOfHost({ domains, tenants, edge }: CompiledSnapshot, { request: { host = "" } }: PolicyTestSpec) {
  const suffix = edge.baseDomainSuffixes.find((each) => host.endsWith(each));
  return domains.get(host) ?? (suffix === undefined ? undefined : tenants.get(host.slice(0, -suffix.length))) ?? null;
}

/** The step that refused. Of what was let in: the route that asked nobody, the credential that sufficed, or else what went on. */
function decidedAt(steps: readonly ExplainedStep[], { expect }: PolicyTestSpec): ExplainedStep["step"] | null {
  const refused = steps.find(({ result }) => result === "fail");
  if (refused !== undefined) return refused.step;
  if (steps.some(({ step, result }) => step === "authenticate" && result === "skipped")) return "route";
  return expect.outcome === "deny" ? "match" : "propagate";
}
