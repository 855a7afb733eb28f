import type { ExplainedStep as Step } from "@sallyport/pipeline";
import type { Tone } from "@/ui/status";

/** What each step of a node is called. */
export const STEP_TITLES = {
  admit: "Admit",
  resolve: "Tenant",
  route: "Route",
  extract: "Credential",
  authenticate: "Authenticate",
  match: "Tenant match",
  limit: "Limits",
  propagate: "Propagate",
} as const satisfies Record<Step["step"], string>;
/** How each outcome looks. */
export const STEP_LOOKS = { pass: ["ok", "Pass"], fail: ["fail", "Fail"], skipped: ["unk", "Skip"] } as const satisfies Record<
  Step["result"],
  readonly [Tone, string]
>;
