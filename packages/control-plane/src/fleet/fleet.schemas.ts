import { fleetSpec, nodeGroupSpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import { z } from "zod";

/** Version 0 stands for settings that were never saved. */
export const putFleetSettingsInput = z.strictObject({ spec: fleetSpec, version: z.int().min(0) });
export const putFleetPolicyInput = z.strictObject({ spec: rateLimitPolicySpec, version: z.int().min(1).nullable() });
export const putGroupInput = z.strictObject({ spec: nodeGroupSpec, version: z.int().min(1).nullable() });
export const removeInput = z.strictObject({ version: z.int().min(1) });
