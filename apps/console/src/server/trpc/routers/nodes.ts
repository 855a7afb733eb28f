import { createJoinTokenInput, joinTokenId, revokeNodeInput } from "@sallyport/control-plane";
import { entityName, tenantSlug } from "@sallyport/snapshot";
import { fleet, router } from "@/server/trpc/init";
import { fields, parsed } from "@/server/trpc/inputs";

const byName = fields({ name: entityName });

export const nodesRouter = router({
  list: fleet("node.read").query(({ ctx }) => ctx.cp.nodes.list(ctx.actor)),
  get: fleet("node.read")
    .input(byName)
    .query(({ ctx, input }) => ctx.cp.nodes.get(ctx.actor, input)),
  /** How the nodes see the targets of one upstream. */
  targets: fleet("node.read")
    .input(fields({ tenant: tenantSlug, upstream: entityName }))
    .query(({ ctx, input }) => ctx.cp.nodes.targets(ctx.actor, input)),
  /** Its key is refused from the next poll on. */
  revoke: fleet("node.write")
    .input(fields(revokeNodeInput.shape))
    .mutation(({ ctx, input }) => ctx.cp.nodes.revoke(ctx.actor, input)),
  /** Sends it once more what it refused. */
  retry: fleet("node.write")
    .input(byName)
    .mutation(({ ctx, input }) => ctx.cp.nodes.retry(ctx.actor, input)),
  /** It renews its keys within seconds. */
  askToRenew: fleet("node.write")
    .input(byName)
    .mutation(({ ctx, input }) => ctx.cp.nodes.askToRenew(ctx.actor, input)),
  archive: fleet("node.write")
    .input(byName)
    .mutation(({ ctx, input }) => ctx.cp.nodes.archive(ctx.actor, input)),
});

export const joinTokensRouter = router({
  list: fleet("node.read").query(({ ctx }) => ctx.cp.joinTokens.list(ctx.actor)),
  /** The token is in this answer and nowhere afterwards. */
  create: fleet("node.write")
    .input(parsed(createJoinTokenInput))
    .mutation(({ ctx, input }) => ctx.cp.joinTokens.create(ctx.actor, input)),
  revoke: fleet("node.write")
    .input(parsed(joinTokenId))
    .mutation(({ ctx, input }) => ctx.cp.joinTokens.revoke(ctx.actor, input)),
});
