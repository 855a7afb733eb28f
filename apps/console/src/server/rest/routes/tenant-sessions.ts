import { endAllSessionsInput, endSubjectSessionsInput, listTenantSessionsInput } from "@sallyport/control-plane";
import { z } from "zod";
import { tenantSessionView } from "@/server/rest/credential-views";
import { tenantRoute } from "@/server/rest/route";
import { pageOf, pageQuery } from "@/server/rest/views";

const TAG = "Sessions";
const inTenant = z.object({ slug: z.string() });
const list = "/tenants/{slug}/sessions" as const;
const { subject, identityProvider } = listTenantSessionsInput.shape;
const { reason } = endAllSessionsInput.shape;
const ended = z.object({ ended: z.number() }).meta({ id: "EndedSessions" });

export const tenantSessionRoutes = [
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: list,
      tag: TAG,
      summary: "Sessions of a tenant's people that live, or those of one subject",
      params: inTenant,
      query: z.strictObject({ subject, identityProvider, ...pageQuery }),
      response: pageOf(tenantSessionView),
    },
    async ({ cp, scope }, { query }) => ({ body: await cp.tenantSessions.list(scope, query) }),
  ),
  tenantRoute(
    "session.end",
    {
      method: "DELETE",
      path: `${list}/{id}`,
      tag: TAG,
      summary: "Ends a session, by the id that upstreams get as X-Session-Id; the next request with it is refused at every node",
      params: inTenant.extend({ id: z.string() }),
      query: z.strictObject({ subject, identityProvider, reason }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope }, { params: { id }, query }) => {
      await cp.tenantSessions.end(scope, { id, ...query });
      return { body: undefined };
    },
  ),
  tenantRoute(
    "session.end",
    {
      method: "POST",
      path: `${list}/end`,
      tag: TAG,
      summary: "Ends all sessions of a subject, or with `all` every session of the tenant",
      params: inTenant,
      body: z.union([endSubjectSessionsInput, endAllSessionsInput.extend({ all: z.literal(true) })]),
      response: ended,
    },
    async ({ cp, scope }, { body }) => {
      if (!("all" in body)) return { body: await cp.tenantSessions.endOfSubject(scope, body) };
      const { all: _, ...input } = body;
      return { body: await cp.tenantSessions.endAll(scope, input) };
    },
  ),
];
