import { listAuditInput } from "@sallyport/control-plane";
import { fleet, router } from "@/server/trpc/init";
import { parsed } from "@/server/trpc/inputs";

export const auditRouter = router({
  list: fleet("audit.read")
    .input(parsed(listAuditInput))
    .query(({ ctx, input }) => ctx.cp.audit.list(ctx.scope, input)),
});
