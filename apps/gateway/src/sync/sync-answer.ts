import type { SectionName } from "@sallyport/snapshot";
import { syncResponse } from "@sallyport/snapshot/protocol";
import { z } from "zod";

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
/** A large member of which each entry is checked later, beside the traffic. */
export const entries = z.custom<Readonly<Record<SectionName, unknown>>>(isObject, "not an object");

const [unchanged, update, revoked] = syncResponse.options;

/** The contract's `syncResponse`, with its two large members left to `assemble`, which checks them entry by entry beside the traffic. */
export const syncAnswer = z.discriminatedUnion("kind", [unchanged, update.extend({ manifest: entries.nullable(), changed: entries }), revoked]);
export type SyncAnswer = z.output<typeof syncAnswer>;
export type SyncUpdate = Extract<SyncAnswer, { kind: "update" }>;
