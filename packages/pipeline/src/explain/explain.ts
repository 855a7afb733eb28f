import { authenticate } from "../authenticate.js";
import type { CompiledSnapshot } from "../compiled.js";
import type { Decision, TraceStep } from "../decision.js";
import type { RequestFacts } from "../facts.js";
import type { Ports } from "../ports.js";
import { type ConfigReference, decidedBy } from "./decided-by.js";
import { lookAgain } from "./look-again.js";
import type { NearMiss } from "./near-miss.js";
import { nearMisses } from "./near-misses.js";

const STEPS = ["admit", "resolve", "route", "extract", "authenticate", "match", "limit", "propagate"] as const satisfies readonly TraceStep["step"][];

/** A step of the way, with what it took and what of the configuration had the say. */
export interface ExplainedStep extends TraceStep {
  /** Since the step before, µs, waiting for keys and stores included; null for a step that was not reached. */
  readonly us: number | null;
  readonly decidedBy: readonly ConfigReference[];
}

export interface Explanation {
  readonly decision: Decision;
  /** All eight steps in order; those that were not reached are `skipped`. */
  readonly steps: readonly ExplainedStep[];
  /** What a refused request narrowly missed, most likely first; empty for an allowed one. */
  readonly nearMisses: readonly NearMiss[];
}

interface ExplainOptions {
  /** A clock that never goes back, µs. */
  readonly stopwatch: () => number;
}

/** The decision that `authenticate` gives, with the way to it: what the token debugger shows. Nothing of it is computed for a request. */
export async function explain(compiled: CompiledSnapshot, facts: RequestFacts, ports: Ports, { stopwatch }: ExplainOptions): Promise<Explanation> {
  const taken = new Map<TraceStep["step"], TraceStep & { readonly us: number }>();
  let last = stopwatch();
  const trace = {
    push(step: TraceStep): void {
      const now = stopwatch();
      // With several credentials a step is passed again: the first is shown, and a failure in any case.
      if (!taken.has(step.step) || step.result === "fail") taken.set(step.step, { ...step, us: now - last });
      last = now;
    },
  };
  const decision = await authenticate(compiled, facts, ports, trace);
  const seen = lookAgain(compiled, facts, ports);
  const steps = STEPS.map((name): ExplainedStep => {
    const step = taken.get(name);
    if (step === undefined) return { step: name, result: "skipped", detail: "not reached", us: null, decidedBy: [] };
    return { ...step, decidedBy: decidedBy(name, { decision, seen }) };
  });
  return { decision, steps, nearMisses: decision.outcome === "deny" && seen !== null ? nearMisses(decision.code, seen) : [] };
}
