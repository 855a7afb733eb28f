import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { page } from "@/server/trpc/inputs";

const word = z.string().max(200).optional();

export const auditRouter = router({
  list: fleet("audit.read")
    .input(z.object({ actor: word, action: word, target: word, tenant: word, from: z.date().optional(), to: z.date().optional(), ...page }))
    .query(({ ctx, input }) => ctx.cp.audit.list(ctx.scope, input)),
});
