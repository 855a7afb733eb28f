import { checkInput } from "@sallyport/control-plane";
import { healthCheckView } from "@/server/rest/health-views";
import { fleetRoute } from "@/server/rest/route";
import { listOf } from "@/server/rest/views";

export const healthRoutes = [
  fleetRoute(
    "fleet.read",
    {
      method: "GET",
      path: "/health-checks",
      tag: "Health",
      summary: "Every health check, evaluated now: its state, since when, and what it found",
      response: listOf(healthCheckView),
    },
    async ({ cp, actor }) => ({ body: { items: await cp.health.list(actor) } }),
  ),
  fleetRoute(
    "fleet.read",
    {
      method: "POST",
      path: "/health-checks/{id}/recheck",
      tag: "Health",
      summary: "Evaluates one check anew; what can be tried is tried",
      params: checkInput,
      response: healthCheckView,
    },
    async ({ cp, actor }, { params }) => ({ body: await cp.health.recheck(actor, params) }),
  ),
];
