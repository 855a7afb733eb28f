import { type DataClients, withTenant } from "@sallyport/data";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { Clock } from "../deps.js";

/** Requests of the last 24 hours that were refused with one code. */
interface TenantRefusal {
  /** A deny code of the pipeline, or of the gateway. */
  readonly code: string;
  readonly count: number;
}

const DAY_MS = 86_400_000;
const MOST = 6;

/** Why this tenant's requests are refused: the codes of the last 24 hours, the most frequent first, six at most. */
export type ReadTenantRefusals = (scope: TenantScope) => Promise<TenantRefusal[]>;

export function createTenantRefusals({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): ReadTenantRefusals {
  return async (scope) => {
    requireOnTenant(scope, "tenant.read");
    const from = new Date(clock.now() - DAY_MS);
    return await withTenant(
      data.app,
      scope.tenantId,
      (tx) => tx.$queryRaw<TenantRefusal[]>`
        SELECT result AS code, sum(count)::float8 AS count FROM decision_count
        WHERE tenant_slug = ${scope.slug} AND minute >= ${from} AND result <> 'allow' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MOST}`,
    );
  };
}
