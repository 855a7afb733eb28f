import { z } from "zod";
import { cidr, headerName, setOf } from "../names.js";

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
    /** At a login of the tenant's own (`upstreamLogin` of routes): the same for one username from one address. */
    username: z
      .strictObject({
        failures: z.int().min(1).max(100).default(10),
        windowSeconds: z.int().min(1).max(86_400).default(900),
        lockoutSeconds: z.int().min(1).max(86_400).default(900),
      })
      .default({ failures: 10, windowSeconds: 900, lockoutSeconds: 900 }),
    /** Client addresses that are never locked out, because many people share them. The fleet's trusted proxies never are. */
    exempt: setOf(cidr, 100).default([]),
  })
  .meta({ id: "LockoutPolicySpec" });
/** Name of a field in a JSON object, a form or a multipart form; upper and lower case are one. */
export const bodyField = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "use letters, digits, '_', '.' and '-' only");

/**
 * A login that the upstream does itself: the gateway reads whom a request signs in as, and hears from the answer whether that failed. The body
 * is at most 64 KiB: JSON, a form, or multipart.
 */
export const upstreamLoginSpec = z
  .strictObject({
    /** The body's field that says who signs in. Rate limits by `username` count by it, too. */
    usernameField: bodyField,
    /** An answer with one of these is a failed login. */
    failedStatuses: z
      .array(z.int().min(400).max(499))
      .min(1, "name at least one status, for example 401")
      .max(20)
      .transform((list) => [...new Set(list)].sort((a, b) => a - b))
      .default([401]),
    /** So is one with this field whose value begins so, whatever its status: `Location: /login?error`. */
    failedHeader: z.strictObject({ name: headerName, value: z.string().min(1).max(255) }).optional(),
  })
  .meta({ id: "UpstreamLoginSpec" });
export type UpstreamLoginSpec = z.output<typeof upstreamLoginSpec>;

export type LockoutPolicySpec = z.output<typeof lockoutPolicySpec>;
