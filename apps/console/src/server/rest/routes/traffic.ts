import { type Simulation, simulateFleetInput, simulateInput, startRecordingInput, type TopKeys, topKeysInput } from "@sallyport/control-plane";
import { z } from "zod";
import { recordingView, simulationView, topKeys } from "@/server/rest/limit-views";
import { fleetRoute, tenantRoute } from "@/server/rest/route";
import { listOf, wholeNumber } from "@/server/rest/views";

const TAG = "Rate limits";
const inTenant = z.object({ slug: z.string() });
const recordings = "/tenants/{slug}/recordings" as const;

const keysQuery = z.strictObject({ policy: topKeysInput.shape.policy, hours: wholeNumber.default(1) });
const keysBody = ({ since, keys }: TopKeys) => ({ body: { since, keys: [...keys] } });
const simulationBody = ({ minutes, keys, ...rest }: Simulation) => ({ body: { ...rest, minutes: [...minutes], keys: [...keys] } });
type Hours = z.input<typeof topKeysInput>["hours"];

export const trafficRoutes = [
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/tenants/{slug}/limit-keys",
      tag: TAG,
      summary: "Who comes close to a rate limit of the tenant's own, or over it, in the last hour or the last 24",
      params: inTenant,
      query: keysQuery,
      response: topKeys,
    },
    // The service says which hours there are.
    async ({ cp, scope }, { query: { policy, hours } }) => keysBody(await cp.pressedKeys.topOf(scope, { policy, hours: hours as Hours })),
  ),
  fleetRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/limit-keys",
      tag: TAG,
      summary: "The same of a rate limit of the fleet",
      query: keysQuery,
      response: topKeys,
    },
    async ({ cp, scope }, { query: { policy, hours } }) => keysBody(await cp.pressedKeys.topOfFleet(scope, { policy, hours: hours as Hours })),
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: recordings,
      tag: TAG,
      summary: "What was recorded of a tenant's traffic, the newest first",
      params: inTenant,
      response: listOf(recordingView),
    },
    async ({ cp, scope }) => ({ body: { items: await cp.trafficRecordings.list(scope) } }),
  ),
  tenantRoute(
    "policy.write",
    {
      method: "POST",
      path: recordings,
      tag: TAG,
      summary: "Has nodes record a tenant's requests as they come to the limits, for a bounded time",
      params: inTenant,
      body: startRecordingInput,
      status: 201,
      response: recordingView,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.trafficRecordings.start(scope, body) }),
  ),
  tenantRoute(
    "policy.write",
    {
      method: "POST",
      path: `${recordings}/{id}/stop`,
      tag: TAG,
      summary: "Ends a recording before its time; what was recorded stays",
      params: inTenant.extend({ id: z.string() }),
      body: z.strictObject({}),
      response: recordingView,
    },
    async ({ cp, scope }, { params: { id } }) => ({ body: await cp.trafficRecordings.stop(scope, { id }) }),
  ),
  tenantRoute(
    "policy.write",
    {
      method: "DELETE",
      path: `${recordings}/{id}`,
      tag: TAG,
      summary: "Takes a recording away, and what was recorded",
      params: inTenant.extend({ id: z.string() }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope }, { params: { id } }) => {
      await cp.trafficRecordings.remove(scope, { id });
      return { body: undefined };
    },
  ),
  tenantRoute(
    "policy.write",
    {
      method: "POST",
      path: "/tenants/{slug}/limit-simulations",
      tag: TAG,
      summary: "Tries a rate limit of the tenant's own on recorded traffic; nothing is changed by it",
      params: inTenant,
      body: simulateInput,
      response: simulationView,
    },
    async ({ cp, scope }, { body }) => simulationBody(await cp.simulations.ofTenant(scope, body)),
  ),
  fleetRoute(
    "fleet.write",
    {
      method: "POST",
      path: "/limit-simulations",
      tag: TAG,
      summary: "Tries a rate limit of the fleet on what was recorded of one tenant; nothing is changed by it",
      body: simulateFleetInput,
      response: simulationView,
    },
    async ({ cp, scope }, { body }) => simulationBody(await cp.simulations.ofFleet(scope, body)),
  ),
];
