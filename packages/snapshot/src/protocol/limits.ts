import { z } from "zod";
import { entityName, tenantSlug } from "../names.js";

const short = z.string().max(512);
const count = z.int().min(0).max(1_000_000_000);

/** What stands for a name that could be a person's: the first 16 hex digits of a SHA-256, behind a `#`. */
const pseudonym = z.string().regex(/^#[0-9a-f]{16}$/);

/**
 * What one bucket of a limit counts, by member; those that the policy does not count by are left out. Usernames come as pseudonyms, subjects
 * as in security events, unless they hold an `@`: then as pseudonyms, too.
 */
export const limitKey = z.strictObject({
  tenant: tenantSlug.optional(),
  plan: entityName.optional(),
  route: entityName.optional(),
  /** An IPv4 address, or the /64 of an IPv6 address. */
  address: z.string().max(64).optional(),
  /** `acme/main`; `acme/:api_key` where no identity provider was asked. */
  source: z.string().max(140).optional(),
  subject: short.optional(),
  /** `acme/nightly`. */
  apiKey: z.string().max(140).optional(),
  username: pseudonym.optional(),
});
export type LimitKey = z.output<typeof limitKey>;

/** A key that came close to a limit or went over it, since the last report of this node. */
export const pressedKey = z.strictObject({
  /** Whose policy it is; null: the fleet's. */
  tenant: tenantSlug.nullable(),
  policy: entityName,
  key: limitKey,
  /** Requests over the limit: refused, held, or only observed. */
  over: count,
  /** Requests that passed with less than a fifth of the burst left. */
  near: count,
  /** So many more there may have been: the node counts a bounded number of keys, and this one was not among them all the time. */
  unseen: count,
});
export type PressedKey = z.output<typeof pressedKey>;

/** A request that came as far as the rate limits. */
export const arrival = z.strictObject({
  /** The node's wall clock, ms since the epoch. */
  at: z.int().min(0),
  route: entityName,
  address: z.string().max(64),
  /** As in `limitKey`; left out without a principal. The subject is a pseudonym that means something within this recording only. */
  source: z.string().max(140).optional(),
  subject: pseudonym.optional(),
  apiKey: z.string().max(140).optional(),
  /** As the subject; left out where the body names nobody, or nobody read it. */
  username: pseudonym.optional(),
  /** A preflight counts for limits by address alone. */
  preflight: z.literal(true).optional(),
  /** The rate limit that refused it; those after it have not seen it. */
  refusedBy: z.strictObject({ policy: entityName, ofFleet: z.boolean() }).optional(),
});
export type Arrival = z.output<typeof arrival>;

/** POST /api/node/v1/limits, every few seconds. An older control plane answers 404, and the node asks again later. */
export const limitsRequest = z.strictObject({
  /** Id of this report: it counts once, however often it is sent. */
  batch: z.uuid(),
  keys: z.array(pressedKey).max(4_000),
  traffic: z
    .array(
      z.strictObject({
        recording: z.uuid(),
        arrivals: z.array(arrival).max(10_000),
        /** Requests that the node's bounded memory had no room for. */
        lost: count,
      }),
    )
    .max(50),
});
export type LimitsRequest = z.output<typeof limitsRequest>;

/** What a node should record, at this moment. */
export const activeRecording = z.strictObject({
  id: z.uuid(),
  tenant: tenantSlug,
  /** Empty: every route. */
  routes: z.array(entityName).max(200),
  until: z.iso.datetime(),
});
export type ActiveRecording = z.output<typeof activeRecording>;
export const limitsResponse = z.object({ recordings: z.array(activeRecording).max(1_000) });
