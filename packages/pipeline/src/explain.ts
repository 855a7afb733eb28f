import { authenticate } from "./authenticate.js";
import type { CompiledSnapshot } from "./compiled.js";
import type { Decision, TraceStep } from "./decision.js";
import type { RequestFacts } from "./facts.js";
import type { Ports } from "./ports.js";

const STEPS = ["admit", "resolve", "route", "extract", "authenticate", "match", "limit", "propagate"] as const satisfies readonly TraceStep["step"][];

export interface Explanation {
  readonly decision: Decision;
  /** All eight steps in order; those that were not reached are `skipped`. */
  readonly steps: readonly TraceStep[];
}

/** The decision that `authenticate` gives, with the way to it: what the token debugger shows. */
export async function explain(compiled: CompiledSnapshot, facts: RequestFacts, ports: Ports): Promise<Explanation> {
  const trace: TraceStep[] = [];
  const decision = await authenticate(compiled, facts, ports, trace);
  const steps = STEPS.map((step) => trace.find((taken) => taken.step === step) ?? { step, result: "skipped" as const, detail: "not reached" });
  return { decision, steps };
}
