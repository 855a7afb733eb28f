import type { NodeGroupSpec } from "@sallyport/snapshot";
import { countOf } from "./format";

/** Which tenants a group's nodes get: `all`, the slugs of a few, or how many. */
export function groupTenants(spec: Pick<NodeGroupSpec, "tenants">): string {
  if (spec.tenants === "all") return "all";
  return spec.tenants.length <= 4 ? spec.tenants.join(", ") || "none" : countOf(spec.tenants.length, "tenant");
}
