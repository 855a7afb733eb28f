import type { TenantRow } from "@/lib/rows";
import { Status } from "@/ui/status";

/** The one thing to know of a tenant in a list, the most pressing first. */
export function TenantState({ tenant }: { tenant: Pick<TenantRow, "status" | "idpCount" | "routeCount" | "change"> }) {
  if (tenant.status === "suspended") return <Status tone="fail">Suspended</Status>;
  if (tenant.change === "added") return <Status tone="draft">Draft only</Status>;
  if (tenant.idpCount === 0) return <Status tone="att">No identity provider</Status>;
  if (tenant.routeCount === 0) return <Status tone="att">No route</Status>;
  if (tenant.change === "changed") return <Status tone="draft">Edited in draft</Status>;
  return <Status tone="ok">Live</Status>;
}
