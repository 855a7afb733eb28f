import type { Decision, ExplainedStep } from "@sallyport/pipeline";

/** Of the tenant that the request was for; null where none was found. */
export const slugOf = (decision: Decision): string | null => (decision.outcome === "deny" ? decision.tenant : decision.tenant.slug);

/** What a step says may hold another tenant's name, and so may what decided it. */
export function withoutOthers(step: ExplainedStep, decision: Decision, slug: string | null): ExplainedStep {
  const decidedBy = step.decidedBy.filter(({ tenant }) => tenant === null || tenant === slug);
  const detail = step.result === "fail" && decision.outcome === "deny" ? decision.code : step.detail;
  return { ...step, detail, decidedBy };
}
