import { runTestsInput, tryTestInput } from "@sallyport/control-plane";
import { fleet, router, tenant } from "@/server/trpc/init";
import { parsed, tenantFields } from "@/server/trpc/inputs";

/** Running policy tests; they themselves are objects of their tenant, or of the fleet. */
export const policyTestsRouter = router({
  runAll: fleet("draft.read")
    .input(parsed(runTestsInput.omit({ tenant: true })))
    .query(({ ctx, input }) => ctx.cp.policyTests.run(ctx.actor, input)),
  run: tenant("tenant.read")
    .input(tenantFields({ on: runTestsInput.shape.on }))
    .query(({ ctx, input: { slug, on } }) => ctx.cp.policyTests.run(ctx.actor, { tenant: slug, on })),
  /** One that need not be saved. */
  attempt: tenant("tenant.read")
    .input(tenantFields(tryTestInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.policyTests.attempt(ctx.scope, input)),
});
