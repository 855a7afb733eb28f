import { approveInput, rejectInput, requireApprovalInput } from "@sallyport/control-plane";
import { fleet, router } from "@/server/trpc/init";
import { parsed } from "@/server/trpc/inputs";

/** Publishing by two persons. */
export const approvalsRouter = router({
  isRequired: fleet("draft.read").query(({ ctx }) => ctx.cp.approvals.isRequired(ctx.actor)),
  require: fleet("people.write")
    .input(parsed(requireApprovalInput))
    .mutation(({ ctx, input }) => ctx.cp.approvals.require(ctx.scope, input)),
  list: fleet("draft.read").query(({ ctx }) => ctx.cp.approvals.list(ctx.actor)),
  approve: fleet("revision.publish")
    .input(parsed(approveInput))
    .mutation(({ ctx, input }) => ctx.cp.approvals.approve(ctx.actor, input)),
  reject: fleet("revision.publish")
    .input(parsed(rejectInput))
    .mutation(({ ctx, input }) => ctx.cp.approvals.reject(ctx.actor, input)),
});
