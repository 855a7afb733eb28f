import { listAllRevocationsInput, listRevocationsInput, revokeSubjectInput, revokeTokenInput, suspendTenantInput } from "@sallyport/control-plane";
import { z } from "zod";
import { revocationDetail, revocationView } from "@/server/rest/revocation-views";
import { signedInRoute, tenantRoute } from "@/server/rest/route";
import { pageOf, pageQuery } from "@/server/rest/views";

const TAG = "Revocations";
const inTenant = z.object({ slug: z.string() });
const params = inTenant.extend({ id: z.string() });
const list = "/tenants/{slug}/revocations" as const;
const { show, kind } = listRevocationsInput.shape;
const query = z.strictObject({ show, kind, ...pageQuery });

export const revocationRoutes = [
  signedInRoute(
    {
      method: "GET",
      path: "/revocations",
      tag: TAG,
      summary: "What was taken back without a publish, of every tenant that the caller may read, and nodes: what is in force, or show=all",
      query: query.extend({ tenant: listAllRevocationsInput.shape.tenant }),
      response: pageOf(revocationView),
    },
    async ({ cp, actor }, input) => ({ body: await cp.revocations.list(actor, input.query) }),
  ),
  signedInRoute(
    {
      method: "GET",
      path: "/revocations/{id}",
      tag: TAG,
      summary: "One of these, with each node that serves the tenant: since when it is in effect there, or why not",
      params: z.object({ id: z.string() }),
      response: revocationDetail,
    },
    async ({ cp, actor }, { params: { id } }) => ({ body: await cp.revocations.find(actor, { id }) }),
  ),
  tenantRoute(
    "tenant.read",
    { method: "GET", path: list, tag: TAG, summary: "The same of one tenant", params: inTenant, query, response: pageOf(revocationView) },
    async ({ cp, scope }, input) => ({ body: await cp.revocations.listOf(scope, input.query) }),
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: `${list}/{id}`,
      tag: TAG,
      summary: "One of a tenant, in the same way",
      params,
      response: revocationDetail,
    },
    async ({ cp, scope }, { params: { id } }) => ({ body: await cp.revocations.get(scope, { id }) }),
  ),
  tenantRoute(
    "revocation.write",
    {
      method: "POST",
      path: `${list}/token`,
      tag: TAG,
      summary: "Revokes a token: by itself, by jti and issuer, or by the SHA-256 of what it signs. A token that is sent is not kept",
      params: inTenant,
      body: revokeTokenInput,
      status: 201,
      response: revocationDetail,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.revocations.revokeToken(scope, body) }),
  ),
  tenantRoute(
    "revocation.write",
    {
      method: "POST",
      path: `${list}/subject`,
      tag: TAG,
      summary: "Revokes all tokens of a subject that were issued before a moment, and the sessions that began with them",
      params: inTenant,
      body: revokeSubjectInput,
      status: 201,
      response: revocationDetail,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.revocations.revokeSubject(scope, body) }),
  ),
  tenantRoute(
    "tenant.write",
    {
      method: "POST",
      path: `${list}/suspension`,
      tag: TAG,
      summary: "Suspends the tenant at the nodes at once, until a published revision contains it; the draft says so, too",
      params: inTenant,
      body: suspendTenantInput,
      status: 201,
      response: revocationDetail,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.revocations.suspend(scope, body) }),
  ),
  tenantRoute(
    "revocation.write",
    {
      method: "POST",
      path: `${list}/{id}/lift`,
      tag: TAG,
      summary: "Ends a revocation or a suspension at the nodes, without a publish",
      params,
      body: z.strictObject({}),
      response: revocationDetail,
    },
    async ({ cp, scope }, { params: { id } }) => ({ body: await cp.revocations.lift(scope, { id }) }),
  ),
];
