import { rejectInput, requireApprovalInput } from "@sallyport/control-plane";
import { z } from "zod";
import { fleetRoute } from "@/server/rest/route";
import { listOf, wholeNumber } from "@/server/rest/views";

const params = z.object({ id: wholeNumber });

const publishRequest = z
  .object({
    id: z.number(),
    state: z.enum(["waiting", "approved", "rejected", "withdrawn", "voided"]),
    isVoid: z.boolean(),
    comment: z.string(),
    sections: z.array(z.string()).readonly(),
    requestedAt: z.date(),
    requestedByName: z.string(),
    isOwn: z.boolean(),
    decidedAt: z.date().nullable(),
    decidedByName: z.string().nullable(),
    reason: z.string().nullable(),
    revision: z.number().nullable(),
  })
  .meta({ id: "PublishRequest" });

/** Publishing by two persons. */
export const approvalRoutes = [
  fleetRoute(
    "draft.read",
    {
      method: "GET",
      path: "/approvals",
      tag: "Approvals",
      summary: "Publishes that wait for a second person, and those decided",
      response: listOf(publishRequest),
    },
    async ({ cp, actor }) => ({ body: { items: await cp.approvals.list(actor) } }),
  ),
  fleetRoute(
    "revision.publish",
    {
      method: "POST",
      path: "/approvals/{id}/approve",
      tag: "Approvals",
      summary: "Publishes what somebody else asked for",
      params,
      response: z.object({ revision: z.number() }),
    },
    async ({ cp, actor }, { params: { id } }) => ({ body: await cp.approvals.approve(actor, { id }) }),
  ),
  fleetRoute(
    "revision.publish",
    {
      method: "POST",
      path: "/approvals/{id}/reject",
      tag: "Approvals",
      summary: "Rejects a request, or withdraws one's own, with a reason",
      params,
      body: rejectInput.omit({ id: true }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, actor }, { params: { id }, body }) => {
      await cp.approvals.reject(actor, { id, ...body });
      return { body: undefined };
    },
  ),
  fleetRoute(
    "people.write",
    {
      method: "PUT",
      path: "/approvals/required",
      tag: "Approvals",
      summary: "Switches on or off that a second person approves each publish",
      body: requireApprovalInput,
      response: z.object({ required: z.boolean() }),
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.approvals.require(scope, body) }),
  ),
];
