import { tenantSlug, tenantSpec } from "@sallyport/snapshot";
import { z } from "zod";
import { pageInput } from "../page.js";

export const listTenantsInput = z.strictObject({
  ...pageInput,
  /** Found in slug, name, issuer or custom domain. */
  query: z.string().trim().max(200).optional(),
  status: z.enum(["active", "suspended"]).optional(),
  /** `unpublished`: the draft differs from what is live; `without_idp`: every request is refused. */
  state: z.enum(["unpublished", "published", "without_idp"]).optional(),
  sort: z.enum(["slug", "name", "newest"]).default("slug"),
});
export const createTenantInput = z.strictObject({ slug: tenantSlug, spec: tenantSpec });
export const updateTenantInput = z.strictObject({ spec: tenantSpec, version: z.int().min(1) });
export const tenantVersionInput = z.strictObject({ version: z.int().min(1) });
export const removeTenantInput = z.strictObject({ slug: z.string().max(63), confirm: z.string().max(63) });
export const tenantStatsInput = z.strictObject({ slugs: z.array(z.string().max(63)).max(200) });
export const quickSearchInput = z.string().trim().max(200);
