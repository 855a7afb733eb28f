import { limitKey } from "@sallyport/snapshot/protocol";
import { z } from "zod";

/** What a policy counts by, member by member; usernames, and subjects that could be a person's address, are pseudonyms. */
const limitKeyView = limitKey.meta({ id: "LimitKey" });

export const topKeys = z
  .object({
    /** Of this time: quarters of an hour, the present one included. */
    since: z.date(),
    keys: z.array(
      z.object({
        key: limitKeyView,
        /** Requests over the limit, and those that passed with less than a fifth of the burst left; at least so many. */
        over: z.number(),
        near: z.number(),
        /** So many more there may have been: nodes count a bounded number of keys. */
        unseen: z.number(),
      }),
    ),
  })
  .meta({ id: "TopKeys" });

export const recordingView = z
  .object({
    id: z.string(),
    state: z.enum(["running", "ended", "full"]),
    /** Empty: every route. */
    routes: z.array(z.string()).readonly(),
    startedAt: z.date(),
    startedBy: z.string(),
    endsAt: z.date(),
    requests: z.number(),
    /** Requests that a node had no room for. */
    lost: z.number(),
    nodes: z.number(),
  })
  .meta({ id: "TrafficRecording" });

export const simulationView = z
  .object({
    tenant: z.string(),
    /** What was recorded: every request that came to the limits in this time, except for those that are lost. */
    record: z.object({
      from: z.date(),
      to: z.date(),
      requests: z.number(),
      lost: z.number(),
      nodes: z.number(),
      full: z.boolean(),
      routes: z.array(z.string()).readonly(),
    }),
    /** Requests that the policy would have counted, and those of them that would have been over it. */
    counted: z.number(),
    over: z.number(),
    /** Requests that an earlier limit refused. */
    unseen: z.number(),
    /** Requests that count by username, and whose username nobody read. */
    withoutUsername: z.number(),
    first: z.object({ atMs: z.number(), key: limitKeyView }).nullable(),
    minutes: z.array(z.object({ atMs: z.number(), passed: z.number(), over: z.number() })),
    keys: z.array(z.object({ key: limitKeyView, requests: z.number(), over: z.number() })),
    keysTotal: z.number(),
    keysOver: z.number(),
  })
  .meta({ id: "LimitSimulation" });
