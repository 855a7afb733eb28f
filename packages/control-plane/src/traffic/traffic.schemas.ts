import { entityName, rateLimitPolicySpec, tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";

/** For so long, at most; and of these routes, or of all. */
export const startRecordingInput = z.strictObject({
  minutes: z.int().min(1).max(60),
  routes: z.array(entityName).max(200).default([]),
});
export const recordingInput = z.strictObject({ id: z.uuid("is not a recording's id; copy it from the list") });

/** A policy that is tried on what was recorded, under the name that it has or would have. */
export const simulateInput = z.strictObject({ recording: recordingInput.shape.id, name: entityName, spec: rateLimitPolicySpec });
/** The same of a policy of the fleet, on what was recorded of one tenant. */
export const simulateFleetInput = simulateInput.extend({ tenant: tenantSlug });
