import { type CompiledSnapshot, type Explanation, explain, type KeySource, type Ports } from "@sallyport/pipeline";
import { policyTestSpec } from "@sallyport/snapshot";
import { createNodePorts } from "../node-ports.js";
import { systemClock } from "../system-clock.js";
import { slugOf, withoutOthers } from "./discreet.js";
import { firstUse, unlimited } from "./nothing-counted.js";
import { factsOf } from "./request.js";
import type { StandIns } from "./stand-ins.js";

interface TriedToken {
  readonly compiled: CompiledSnapshot;
  /** Slug of a tenant of `compiled`. */
  readonly tenant: string;
  /** The compact form, whatever it is; it goes into a header, so it holds no line break. */
  readonly token: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the tenant's address, with a query where one is meant. */
  readonly path: string;
  /** Where keys are looked for: the providers themselves. */
  readonly keys: KeySource;
  readonly standIns: StandIns;
  readonly clock?: Ports["clock"];
}

/**
 * Decides a request with a real token by the pipeline that nodes run, with keys as the providers give them now. Nothing is counted, and no
 * provider is asked about a token. It is told to the tenant's own people: what names another tenant is left out.
 * @throws Error for a tenant that is not in `compiled`
 */
export async function explainToken({
  compiled,
  tenant: slug,
  token,
  method,
  path,
  keys,
  standIns,
  clock = systemClock,
}: TriedToken): Promise<Explanation> {
  const tenant = compiled.tenants.get(slug);
  if (tenant === undefined) throw new Error(`there is no tenant ${slug} in this content`);
  const internal = await standIns.of("internal tokens of policy tests", "ES256");
  const ports = createNodePorts({
    keys,
    limits: unlimited,
    proofs: firstUse,
    clock,
    internalTokens: { sign: (claims) => internal.sign({ typ: "JWT" }, claims) },
  });
  const { request } = policyTestSpec.parse({ request: { method, path }, expect: { outcome: "allow" } });
  const facts = factsOf(compiled, { request }, tenant, ["Authorization", `Bearer ${token}`]);
  const { decision, steps, nearMisses } = await explain(compiled, facts, ports, { stopwatch: () => performance.now() * 1_000 });
  const isOfOthers =
    slugOf(decision) !== slug ||
    (decision.outcome === "deny" &&
      (decision.code === "tenant_mismatch" || decision.findings.some(({ tokenTenant }) => tokenTenant !== null && tokenTenant !== slug)));
  return {
    decision,
    steps: isOfOthers ? steps.map((step) => withoutOthers(step, decision, slug)) : steps,
    nearMisses: nearMisses.map(({ code, sentence }) => ({ code, sentence, elsewhere: null })),
  };
}
