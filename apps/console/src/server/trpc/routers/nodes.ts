import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { fields } from "@/server/trpc/inputs";

const byName = fields({ name: entityName });

export const nodesRouter = router({
  list: fleet("node.read").query(({ ctx }) => ctx.cp.nodes.list(ctx.actor)),
  get: fleet("node.read")
    .input(byName)
    .query(({ ctx, input }) => ctx.cp.nodes.get(ctx.actor, input)),
  /** Its key is refused from the next poll on. */
  revoke: fleet("node.write")
    .input(byName)
    .mutation(({ ctx, input }) => ctx.cp.nodes.revoke(ctx.actor, input)),
  /** Sends it once more what it refused. */
  retry: fleet("node.write")
    .input(byName)
    .mutation(({ ctx, input }) => ctx.cp.nodes.retry(ctx.actor, input)),
  archive: fleet("node.write")
    .input(byName)
    .mutation(({ ctx, input }) => ctx.cp.nodes.archive(ctx.actor, input)),
});

export const joinTokensRouter = router({
  list: fleet("node.read").query(({ ctx }) => ctx.cp.joinTokens.list(ctx.actor)),
  /** The token is in this answer and nowhere afterwards. */
  create: fleet("node.write")
    .input(
      fields({
        group: entityName,
        label: z.string().trim().min(1).max(120),
        kind: z.enum(["one_off", "reusable"]),
        expiresInMinutes: z.int().min(1).max(43_200),
      }),
    )
    .mutation(({ ctx, input }) => ctx.cp.joinTokens.create(ctx.actor, input)),
  revoke: fleet("node.write")
    .input(fields({ id: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.cp.joinTokens.revoke(ctx.actor, input)),
});
