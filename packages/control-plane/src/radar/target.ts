import { createHash } from "node:crypto";
import { discoveryUrlOf, type ProbeTarget } from "@sallyport/idp-client";
import { keySource } from "@sallyport/snapshot";
import { z } from "zod";

/** What a probe needs of a declared identity provider; sections hold it in the contract's own form. */
export const watchedProvider = z.object({ status: z.enum(["enabled", "disabled"]).default("enabled"), issuer: z.string(), keys: keySource });
export type WatchedProvider = z.output<typeof watchedProvider>;

/** What a node would ask first for the provider's keys; null for one that has none, or is disabled. */
export function targetOf({ status, issuer, keys }: WatchedProvider): ProbeTarget | null {
  if (status !== "enabled") return null;
  switch (keys.kind) {
    case "none":
      return null;
    case "jwks":
      return { issuer, kind: "jwks", url: keys.url };
    case "discovery":
      return { issuer, kind: "discovery", url: keys.url ?? discoveryUrlOf(issuer) };
    default:
      return keys satisfies never;
  }
}

/** Providers that ask the same are one target, whoever declares them: all leave this installation by the same way. */
export const targetId = ({ issuer, kind, url }: ProbeTarget): string =>
  createHash("sha256")
    .update(JSON.stringify([issuer, kind, url]))
    .digest("hex");
