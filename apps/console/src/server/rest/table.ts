import "server-only";
import type { RestRoute } from "@/server/rest/route";
import { apiKeyRoutes } from "@/server/rest/routes/api-keys";
import { approvalRoutes } from "@/server/rest/routes/approvals";
import { configRoutes } from "@/server/rest/routes/config";
import { healthRoutes } from "@/server/rest/routes/health";
import { identityProviderRoutes } from "@/server/rest/routes/identity-providers";
import { limitUseRoutes } from "@/server/rest/routes/limit-uses";
import { lockoutRoutes } from "@/server/rest/routes/lockouts";
import { nodeRoutes } from "@/server/rest/routes/nodes";
import { objectRoutes } from "@/server/rest/routes/objects";
import { policyTestRoutes } from "@/server/rest/routes/policy-tests";
import { portalRoutes } from "@/server/rest/routes/portal";
import { radarRoutes } from "@/server/rest/routes/radar";
import { revisionRoutes } from "@/server/rest/routes/revisions";
import { revocationRoutes } from "@/server/rest/routes/revocations";
import { rolloutRoutes } from "@/server/rest/routes/rollouts";
import { secretRoutes } from "@/server/rest/routes/secrets";
import { securityRoutes } from "@/server/rest/routes/security";
import { tenantSessionRoutes } from "@/server/rest/routes/tenant-sessions";
import { tenantRoutes } from "@/server/rest/routes/tenants";
import { tokenRoutes } from "@/server/rest/routes/tokens";
import { trafficRoutes } from "@/server/rest/routes/traffic";

/** Where the API stands; a breaking change gets another number. */
export const REST_BASE = "/api/v1";

/** The whole REST API. Dispatcher, OpenAPI document and access matrix are made of it. */
export const REST_TABLE: readonly RestRoute[] = [
  ...configRoutes,
  ...revisionRoutes,
  ...approvalRoutes,
  ...rolloutRoutes,
  ...nodeRoutes,
  ...healthRoutes,
  ...tenantRoutes,
  ...objectRoutes,
  ...policyTestRoutes,
  ...identityProviderRoutes,
  ...radarRoutes,
  ...secretRoutes,
  ...apiKeyRoutes,
  ...tenantSessionRoutes,
  ...limitUseRoutes,
  ...trafficRoutes,
  ...portalRoutes,
  ...lockoutRoutes,
  ...revocationRoutes,
  ...securityRoutes,
  ...tokenRoutes,
];

const PARAMETER = /^\{([a-zA-Z]+)\}$/;

function paramsIfMatching(template: string, segments: readonly string[]): Record<string, string> | null {
  const parts = template.slice(1).split("/");
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? "";
    const name = PARAMETER.exec(part)?.[1];
    if (name !== undefined) params[name] = segment;
    else if (part !== segment) return null;
  }
  return params;
}

/** Rows whose path fits, with the path's parameters; several differ in their method only. */
export function routesAt(segments: readonly string[]): { route: RestRoute; params: Record<string, string> }[] {
  return REST_TABLE.flatMap((route) => {
    const params = paramsIfMatching(route.path, segments);
    return params ? [{ route, params }] : [];
  });
}
