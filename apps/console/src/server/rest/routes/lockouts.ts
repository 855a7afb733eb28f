import { endFoundLockoutsInput, findLockoutsInput, listLockoutsInput } from "@sallyport/control-plane";
import { z } from "zod";
import { fleetRoute, tenantRoute } from "@/server/rest/route";
import { wholeNumber } from "@/server/rest/views";

const TAG = "Lockouts";
const inTenant = z.object({ slug: z.string() });
const list = "/tenants/{slug}/lockouts" as const;

const lockoutView = z
  .object({
    id: z.string(),
    /** `address`: altogether; `address_username`: of one username; `username`: slowed down, from wherever. */
    kind: findLockoutsInput.shape.kind.unwrap(),
    /** An IPv4 address, or the /64 of an IPv6 address; `*`: from wherever. */
    address: z.string(),
    /** Whom it tried to sign in as; null where it is locked out altogether. */
    username: z.string().nullable(),
    failures: z.number(),
    /** The deny code of the last failure. */
    reason: z.string(),
    since: z.date(),
    until: z.date(),
  })
  .meta({ id: "Lockout" });

const endedView = z.object({ ended: z.number() }).meta({ id: "EndedLockouts" });
const limit = wholeNumber.pipe(z.number().max(500, "ask for at most 500")).default(100);
const { tenant, kind, search } = findLockoutsInput.shape;

export const lockoutRoutes = [
  fleetRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/lockouts",
      tag: TAG,
      summary: "Addresses that are locked out, and usernames that are slowed down, at any tenant: the newest first, and how many there are",
      query: z.strictObject({ tenant, kind, search, limit }),
      response: z
        .object({ items: z.array(lockoutView.extend({ tenant: z.string() }).meta({ id: "FleetLockout" })), total: z.number() })
        .meta({ id: "FleetLockouts" }),
    },
    async ({ cp, scope }, { query }) => {
      const { items, total } = await cp.lockouts.find(scope, query);
      return { body: { items: [...items], total } };
    },
  ),
  fleetRoute(
    "lockout.end",
    {
      method: "POST",
      path: "/lockouts/end",
      tag: TAG,
      summary: "Lets all in again who are found so, at every tenant",
      body: endFoundLockoutsInput,
      response: endedView,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.lockouts.endFound(scope, body) }),
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: list,
      tag: TAG,
      summary: "Addresses that are locked out of a tenant after failed authentications, the newest first, and how many there are",
      params: inTenant,
      query: z.strictObject({ limit }),
      response: z.object({ items: z.array(lockoutView), total: z.number() }).meta({ id: "Lockouts" }),
    },
    async ({ cp, scope }, { query }) => {
      const { items, total } = await cp.lockouts.list(scope, listLockoutsInput.parse(query));
      return { body: { items: [...items], total } };
    },
  ),
  tenantRoute(
    "lockout.end",
    {
      method: "DELETE",
      path: `${list}/{id}`,
      tag: TAG,
      summary: "Lets an address in again before its time, at every node, and forgets its failures",
      params: inTenant.extend({ id: z.string() }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope }, { params: { id } }) => {
      await cp.lockouts.end(scope, { id });
      return { body: undefined };
    },
  ),
  tenantRoute(
    "lockout.end",
    {
      method: "POST",
      path: `${list}/end`,
      tag: TAG,
      summary: "Lets every address in again that is locked out of the tenant",
      params: inTenant,
      body: z.strictObject({ all: z.literal(true) }),
      response: endedView,
    },
    async ({ cp, scope }) => ({ body: await cp.lockouts.endAll(scope) }),
  ),
];
