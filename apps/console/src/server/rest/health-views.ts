import { CHECK_IDS, HEALTH_STATES } from "@sallyport/control-plane";
import { z } from "zod";

const when = z.date();
const severity = z.enum(["critical", "high", "medium", "low"]);

/** Something that a check found. */
const problem = z.object({
  /** Stable while it lasts. */
  id: z.string(),
  check: z.enum(CHECK_IDS),
  severity,
  title: z.string(),
  detail: z.string(),
  since: when,
  cause: z.string(),
  remedy: z.string(),
});

/** A check of the catalogue, and what it came to. `unknown` is not `ok`: nobody could tell. */
export const healthCheckView = z
  .object({
    id: z.enum(CHECK_IDS),
    title: z.string(),
    area: z.string(),
    severity,
    state: z.enum(HEALTH_STATES),
    since: when,
    evaluatedAt: when,
    looksAt: z.string(),
    cause: z.string(),
    remedy: z.string(),
    docs: z.string(),
    unknown: z.string().nullable(),
    ofReplica: z.boolean(),
    problems: z.array(problem).readonly(),
  })
  .meta({ id: "HealthCheck" });
