import { z } from "zod";
import { fleetRoute, tenantRoute } from "@/server/rest/route";
import { listOf, specOf } from "@/server/rest/views";

const TAG = "Rate limits";

const refusals = z.object({ last15Minutes: z.number(), last24Hours: z.number() });
/** A share of a limit, on the average of the time: 1 is all of it. The route: the busiest, of a limit for each. */
const share = z.object({ share: z.number(), route: z.string().nullable() });

const limitUse = z
  .object({
    policy: z.string(),
    ofFleet: z.boolean(),
    /** As it holds for this tenant. */
    spec: specOf("RateLimitPolicy"),
    /** Why nobody can say here how much of it is used: what it counts by is known at the nodes alone. */
    unknown: z.enum(["by_caller", "across_tenants", "by_node"]).nullable(),
    /** Of the last five full minutes. */
    now: share.nullable(),
    /** Of the busiest quarter of an hour in 24 hours, and when it began. */
    busiest: share.extend({ at: z.date() }).nullable(),
  })
  .meta({ id: "LimitUse" });

export const limitUseRoutes = [
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/tenants/{slug}/limit-use",
      tag: TAG,
      summary: "The rate limits that nodes apply to a tenant, how much of each it uses, and how many requests they refused",
      params: z.object({ slug: z.string() }),
      response: z.object({ revision: z.number().nullable(), limits: z.array(limitUse), refused: refusals }).meta({ id: "TenantLimitUse" }),
    },
    async ({ cp, scope }) => {
      const { limits, ...rest } = await cp.limitUses.ofTenant(scope);
      return { body: { ...rest, limits: [...limits] } };
    },
  ),
  fleetRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/limited-tenants",
      tag: TAG,
      summary: "Tenants whose requests rate limits refused in the last 24 hours, the most first",
      response: listOf(refusals.extend({ tenant: z.string() }).meta({ id: "LimitedTenant" })),
    },
    async ({ cp, scope }) => ({ body: { items: await cp.limitUses.limitedTenants(scope) } }),
  ),
];
