import { fleetSpec, nodeGroupSpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import { z } from "zod";
import { putObjectInput } from "../objects/objects.schemas.js";

/** Version 0 stands for settings that were never saved. */
export const putFleetSettingsInput = z.strictObject({ spec: fleetSpec, version: z.int().min(0) });
export const putFleetPolicyInput = putObjectInput.extend({ spec: rateLimitPolicySpec });
export const putGroupInput = z.strictObject({ spec: nodeGroupSpec, version: z.int().min(1).nullable() });
export const removeInput = z.strictObject({ version: z.int().min(1) });
