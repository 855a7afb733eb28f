import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { pageInput } from "../page.js";

/** How a provider is: `waiting` has not been asked yet, `failing` brings no keys, `attention` has a finding that somebody should look at. */
export const RADAR_STATES = ["failing", "attention", "waiting", "well"] as const;

/** Which providers are listed; the most pressing first. */
export const listRadarInput = z.strictObject({
  ...pageInput,
  state: z.enum(RADAR_STATES).optional(),
  /** Found in the tenant's slug, the provider's name or its issuer. */
  query: z.string().trim().max(200).optional(),
});

/** One provider of a tenant. */
export const radarProviderInput = z.strictObject({ name: entityName });
