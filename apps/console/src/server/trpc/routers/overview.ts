import { fleet, router } from "@/server/trpc/init";

export const overviewRouter = router({
  get: fleet("fleet.read").query(({ ctx }) => ctx.cp.overview.get(ctx.actor)),
});
