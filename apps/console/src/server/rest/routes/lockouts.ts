import { listLockoutsInput } from "@sallyport/control-plane";
import { z } from "zod";
import { tenantRoute } from "@/server/rest/route";
import { wholeNumber } from "@/server/rest/views";

const TAG = "Lockouts";
const inTenant = z.object({ slug: z.string() });
const list = "/tenants/{slug}/lockouts" as const;

const lockoutView = z
  .object({
    id: z.string(),
    /** An IPv4 address, or the /64 of an IPv6 address. */
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

export const lockoutRoutes = [
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: list,
      tag: TAG,
      summary: "Addresses that are locked out of a tenant after failed authentications, the newest first, and how many there are",
      params: inTenant,
      query: z.strictObject({ limit: wholeNumber.pipe(z.number().max(500, "ask for at most 500")).default(100) }),
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
      response: z.object({ ended: z.number() }).meta({ id: "EndedLockouts" }),
    },
    async ({ cp, scope }) => ({ body: await cp.lockouts.endAll(scope) }),
  ),
];
