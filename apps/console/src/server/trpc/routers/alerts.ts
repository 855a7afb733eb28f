import { tenantSlug } from "@sallyport/snapshot";
import { SECURITY_EVENT_KINDS, SEVERITIES } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { fields, page, version } from "@/server/trpc/inputs";

const number = z.int().min(1);
const seen = { number, version };

export const alertsRouter = router({
  /** With the counts of the saved views. */
  list: fleet("alert.read")
    .input(
      fields({
        status: z.enum(["open", "acknowledged", "closed"]).optional(),
        kind: z.enum(SECURITY_EVENT_KINDS).optional(),
        severity: z.enum(SEVERITIES).optional(),
        tenant: tenantSlug.optional(),
        query: z.string().max(200).optional(),
        ...page,
      }),
    )
    .query(({ ctx, input }) => ctx.cp.alerts.list(ctx.actor, input)),
  get: fleet("alert.read")
    .input(fields({ number }))
    .query(({ ctx, input }) => ctx.cp.alerts.get(ctx.actor, input.number)),
  histogram: fleet("alert.read")
    .input(fields({ from: z.date(), to: z.date(), buckets: z.int().min(1).max(200) }))
    .query(({ ctx, input }) => ctx.cp.alerts.histogram(ctx.actor, input)),
  acknowledge: fleet("alert.write")
    .input(fields({ ...seen, note: z.string().max(2000).optional() }))
    .mutation(({ ctx, input }) => ctx.cp.alerts.acknowledge(ctx.actor, input)),
  close: fleet("alert.write")
    .input(fields({ ...seen, reason: z.string().max(2000) }))
    .mutation(({ ctx, input }) => ctx.cp.alerts.close(ctx.actor, input)),
  reopen: fleet("alert.write")
    .input(fields(seen))
    .mutation(({ ctx, input }) => ctx.cp.alerts.reopen(ctx.actor, input)),
  assign: fleet("alert.write")
    .input(fields({ ...seen, personId: z.uuid().nullable() }))
    .mutation(({ ctx, input }) => ctx.cp.alerts.assign(ctx.actor, input)),
});
