import { z } from "zod";
import { rolloutRow, rolloutView } from "@/server/rest/rollout-views";
import { fleetRoute } from "@/server/rest/route";
import { pageOf, pageQuery, wholeNumber } from "@/server/rest/views";

const TAG = "Rollouts";
const params = z.object({ revision: wholeNumber });

const CHANGES = {
  promote: ["revision.publish", "Opens the next stage now; also of a rollout that is paused or halted"],
  pause: ["revision.publish", "Opens no stage until it is resumed; what harms still halts it"],
  resume: ["revision.publish", "Goes on with the stage where it is; its time and its judgement begin anew"],
  abort: ["revision.publish", "Ends it where it is: nodes keep what each has, until a rollback or the next publish"],
  rollback: ["revision.rollback", "Ends it with a new revision of the old content, for all nodes"],
} as const;

export const rolloutRoutes = [
  fleetRoute(
    "draft.read",
    { method: "GET", path: "/rollouts", tag: TAG, summary: "Newest first", query: z.strictObject(pageQuery), response: pageOf(rolloutRow) },
    async ({ cp, actor }, { query }) => ({ body: await cp.rollouts.list(actor, query) }),
  ),
  fleetRoute(
    "draft.read",
    {
      method: "GET",
      path: "/rollouts/{revision}",
      tag: TAG,
      summary: "One rollout: its plan, what it waits for, what was measured, and each node's state",
      params,
      response: rolloutView,
    },
    async ({ cp, actor }, { params: { revision } }) => ({ body: await cp.rollouts.get(actor, { revision }) }),
  ),
  ...(["promote", "pause", "resume", "abort", "rollback"] as const).map((verb) =>
    fleetRoute(
      CHANGES[verb][0],
      { method: "POST", path: `/rollouts/{revision}/${verb}`, tag: TAG, summary: CHANGES[verb][1], params, response: rolloutView },
      async ({ cp, actor }, { params: { revision } }) => ({ body: await cp.rollouts[verb](actor, { revision }) }),
    ),
  ),
];
