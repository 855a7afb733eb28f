import { z } from "zod";
import { router, tenant } from "@/server/trpc/init";

export const identityProvidersRouter = router({
  /** Runs discovery against what was typed (an issuer, a document's URL or a domain) and gives one row per check. Saves nothing. */
  check: tenant("idp.write")
    .input(
      z.object({
        issuer: z.string().max(2048).optional(),
        url: z.string().max(2048).optional(),
        domain: z.string().max(253).optional(),
        spec: z.unknown().optional(),
      }),
    )
    .mutation(({ ctx, input: { slug: _slug, ...input } }) => ctx.cp.identityProviders.check(ctx.scope, input)),
});
