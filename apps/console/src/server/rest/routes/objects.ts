import type { Permission } from "@sallyport/control-plane";
import { entityName, KIND_SPECS, type TenantKind } from "@sallyport/snapshot";
import { z } from "zod";
import { requiredVersion, versionOrNew } from "@/server/rest/preconditions";
import { type RestRoute, tenantRoute } from "@/server/rest/route";
import { listOf, objectView } from "@/server/rest/views";

/** Path segment, and what it takes to write, of each kind that lives in a tenant. */
const KINDS = {
  Secret: { segment: "secrets", write: "idp.write" },
  IdentityProvider: { segment: "identity-providers", write: "idp.write" },
  Upstream: { segment: "upstreams", write: "route.write" },
  Route: { segment: "routes", write: "route.write" },
  RateLimitPolicy: { segment: "rate-limit-policies", write: "policy.write" },
  PropagationPolicy: { segment: "propagation-policies", write: "policy.write" },
  DegradationPolicy: { segment: "degradation-policies", write: "policy.write" },
  PolicyTest: { segment: "policy-tests", write: "policy.write" },
} as const satisfies Record<TenantKind, { segment: string; write: Permission }>;

const inTenant = z.object({ slug: z.string() });
const named = inTenant.extend({ name: z.string() });

function routesOf(kind: TenantKind): RestRoute[] {
  const { segment, write } = KINDS[kind];
  const list = `/tenants/{slug}/${segment}` as const;
  const one = `${list}/{name}` as const;
  const response = objectView(kind);
  return [
    tenantRoute(
      "tenant.read",
      { method: "GET", path: list, tag: kind, summary: `Every ${kind} of a tenant`, params: inTenant, response: listOf(response) },
      async ({ cp, scope }) => ({
        body: { items: await cp.objects.list(scope, kind) },
      }),
    ),
    tenantRoute(
      "tenant.read",
      { method: "GET", path: one, tag: kind, summary: `One ${kind}`, params: named, response, versioned: true },
      async ({ cp, scope }, { params }) => {
        const body = await cp.objects.get(scope, kind, entityName.parse(params.name));
        return { body, version: body.version };
      },
    ),
    tenantRoute(
      write,
      {
        method: "PUT",
        path: one,
        tag: kind,
        summary: `Creates (If-None-Match: *) or changes (If-Match) one ${kind}`,
        params: named,
        body: z.strictObject({ spec: KIND_SPECS[kind] as z.ZodType }),
        response,
        versioned: true,
      },
      async ({ cp, scope, precondition }, { params, body: input }) => {
        const body = await cp.objects.put(scope, kind, params.name, { spec: input.spec, version: versionOrNew(precondition) });
        return { body, version: body.version };
      },
    ),
    tenantRoute(
      write,
      {
        method: "DELETE",
        path: one,
        tag: kind,
        summary: `Deletes one ${kind}`,
        params: named,
        status: 204,
        response: z.undefined(),
        versioned: true,
      },
      async ({ cp, scope, precondition }, { params }) => {
        await cp.objects.remove(scope, kind, entityName.parse(params.name), { version: requiredVersion(precondition) });
        return { body: undefined };
      },
    ),
  ];
}

export const objectRoutes: RestRoute[] = (Object.keys(KINDS) as TenantKind[]).flatMap(routesOf);
