import { z } from "zod";
import { cidr, setOf } from "../names.js";

/**
 * Who is locked out after failed authentications (BEHAVIOUR §5): so many from one client address (IPv6: its /64) at one tenant within the
 * window, and every request with which it would authenticate there is refused for a time.
 */
export const lockoutPolicySpec = z
  .strictObject({
    /** `observe` counts and reports, and refuses nothing; `off` does not count. */
    action: z.enum(["refuse", "observe", "off"]).default("refuse"),
    failures: z.int().min(1).max(100).default(5),
    windowSeconds: z.int().min(1).max(86_400).default(300),
    lockoutSeconds: z.int().min(1).max(86_400).default(300),
    /** Client addresses that are never locked out, because many people share them. The fleet's trusted proxies never are. */
    exempt: setOf(cidr, 100).default([]),
  })
  .meta({ id: "LockoutPolicySpec" });
export type LockoutPolicySpec = z.output<typeof lockoutPolicySpec>;
