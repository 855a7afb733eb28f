import "server-only";
import { cache } from "react";
import { orNotFound } from "@/lib/or-not-found";
import type { TenantDetail } from "@/lib/rows";
import { requireSession } from "@/server/current-session";
import { getQueryClient, trpc } from "@/trpc/server";

/**
 * For every page of one tenant: somebody signed in who may read it. A stranger's tenant and a missing one are the same "not found".
 * Asked once per request; the answer is hydrated into the page.
 */
export const requireTenant = cache(async (slug: string, page = ""): Promise<TenantDetail> => {
  await requireSession(`/tenants/${slug}${page}`);
  return orNotFound(getQueryClient().fetchQuery(trpc.tenants.get.queryOptions({ slug })));
});
