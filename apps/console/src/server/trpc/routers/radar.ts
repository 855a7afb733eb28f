import { listRadarInput, radarProviderInput } from "@sallyport/control-plane";
import { fleet, router, tenant } from "@/server/trpc/init";
import { fields, tenantFields } from "@/server/trpc/inputs";

/** Identity providers of live configuration, as the control plane sees them. */
export const radarRouter = router({
  list: fleet("tenant.read")
    .input(fields(listRadarInput.shape))
    .query(({ ctx, input }) => ctx.cp.radar.list(ctx.actor, input)),
  /** Null for one that is not in live configuration. */
  find: tenant("tenant.read")
    .input(tenantFields(radarProviderInput.shape))
    .query(({ ctx, input: { name } }) => ctx.cp.radar.find(ctx.scope, { name })),
  /** Asks it now. */
  probe: tenant("idp.write")
    .input(tenantFields(radarProviderInput.shape))
    .mutation(({ ctx, input: { name } }) => ctx.cp.radar.probe(ctx.scope, { name })),
});
