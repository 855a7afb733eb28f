import { createTenantInput } from "@sallyport/control-plane";
import { KIND_SPECS } from "@sallyport/snapshot";
import { z } from "zod";
import { requiredVersion } from "@/server/rest/preconditions";
import { fleetRoute, signedInRoute, tenantRoute } from "@/server/rest/route";
import { pageOf, pageQuery, tenantRow, tenantView } from "@/server/rest/views";

const TAG = "Tenants";
const params = z.object({ slug: z.string() });

export const tenantRoutes = [
  signedInRoute(
    {
      method: "GET",
      path: "/tenants",
      tag: TAG,
      summary: "Tenants that the token may read",
      query: z.strictObject({ query: z.string().max(200).optional(), status: z.enum(["active", "suspended"]).optional(), ...pageQuery }),
      response: pageOf(tenantRow),
    },
    async ({ cp, actor }, { query }) => ({ body: await cp.tenants.list(actor, query) }),
  ),
  tenantRoute(
    "tenant.read",
    { method: "GET", path: "/tenants/{slug}", tag: TAG, summary: "One tenant", params, response: tenantView, versioned: true },
    async ({ cp, scope }) => {
      const tenant = await cp.tenants.get(scope);
      return { body: tenant, version: tenant.version };
    },
  ),
  fleetRoute(
    "tenant.create",
    {
      method: "POST",
      path: "/tenants",
      tag: TAG,
      summary: "Makes a tenant",
      body: createTenantInput,
      status: 201,
      response: z.object({ slug: z.string(), version: z.number() }),
    },
    async ({ cp, scope }, { body }) => {
      const { version } = await cp.tenants.create(scope, body);
      return { body: { slug: body.slug, version }, version };
    },
  ),
  tenantRoute(
    "tenant.write",
    {
      method: "PUT",
      path: "/tenants/{slug}",
      tag: TAG,
      summary: "Changes a tenant",
      params,
      body: z.strictObject({ spec: KIND_SPECS.Tenant }),
      response: z.object({ slug: z.string(), version: z.number() }),
      versioned: true,
    },
    async ({ cp, scope, precondition }, { body }) => {
      const { version } = await cp.tenants.update(scope, { spec: body.spec, version: requiredVersion(precondition) });
      return { body: { slug: scope.slug, version }, version };
    },
  ),
  fleetRoute(
    "tenant.delete",
    {
      method: "DELETE",
      path: "/tenants/{slug}",
      tag: TAG,
      summary: "Deletes a tenant with everything in it; confirm is its slug, typed again",
      params,
      query: z.strictObject({ confirm: z.string().max(63) }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope }, { params: { slug }, query }) => {
      await cp.tenants.remove(scope, { slug, confirm: query.confirm });
      return { body: undefined };
    },
  ),
];
