import { recordingInput, simulateFleetInput, simulateInput, startRecordingInput } from "@sallyport/control-plane";
import { fleet, router, tenant } from "@/server/trpc/init";
import { fields, tenantFields } from "@/server/trpc/inputs";

/** Recorded traffic of tenants, and policies that are tried on it. */
export const trafficRouter = router({
  recordings: tenant("tenant.read").query(({ ctx }) => ctx.cp.trafficRecordings.list(ctx.scope)),
  start: tenant("policy.write")
    .input(tenantFields(startRecordingInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.trafficRecordings.start(ctx.scope, input)),
  stop: tenant("policy.write")
    .input(tenantFields(recordingInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.trafficRecordings.stop(ctx.scope, input)),
  remove: tenant("policy.write")
    .input(tenantFields(recordingInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.trafficRecordings.remove(ctx.scope, input)),
  /** A mutation only in its form: a policy does not fit into an address. */
  simulate: tenant("policy.write")
    .input(tenantFields(simulateInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.simulations.ofTenant(ctx.scope, input)),
  simulateOfFleet: fleet("fleet.write")
    .input(fields(simulateFleetInput.shape))
    .mutation(({ ctx, input }) => ctx.cp.simulations.ofFleet(ctx.scope, input)),
});
