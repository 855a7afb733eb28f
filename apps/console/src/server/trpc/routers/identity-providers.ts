import { z } from "zod";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

const typed = z.string().trim().max(2048).optional();

export const identityProvidersRouter = router({
  /** Runs discovery against what was typed (an issuer, a document's URL or a domain) and gives one row per check. Saves nothing. */
  check: tenant("idp.write")
    .input(tenantFields({ issuer: typed, url: typed, domain: typed, spec: z.unknown().optional() }))
    .mutation(({ ctx, input: { issuer, url, domain, spec } }) => ctx.cp.identityProviders.check(ctx.scope, { issuer, url, domain, spec })),
});
