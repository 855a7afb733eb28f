import {
  acknowledgeAlertInput,
  alertHistogramInput,
  assignAlertInput,
  bulkAlertsInput,
  closeAlertInput,
  listAlertsInput,
  reopenAlertInput,
} from "@sallyport/control-plane";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { fields, parsed } from "@/server/trpc/inputs";

export const alertsRouter = router({
  /** With the counts of the saved views. */
  list: fleet("alert.read")
    .input(parsed(listAlertsInput))
    .query(({ ctx, input }) => ctx.cp.alerts.list(ctx.actor, input)),
  get: fleet("alert.read")
    .input(fields({ number: z.int().min(1) }))
    .query(({ ctx, input }) => ctx.cp.alerts.get(ctx.actor, input.number)),
  histogram: fleet("alert.read")
    .input(parsed(alertHistogramInput))
    .query(({ ctx, input }) => ctx.cp.alerts.histogram(ctx.actor, input)),
  acknowledge: fleet("alert.write")
    .input(parsed(acknowledgeAlertInput))
    .mutation(({ ctx, input }) => ctx.cp.alerts.acknowledge(ctx.actor, input)),
  close: fleet("alert.write")
    .input(parsed(closeAlertInput))
    .mutation(({ ctx, input }) => ctx.cp.alerts.close(ctx.actor, input)),
  reopen: fleet("alert.write")
    .input(parsed(reopenAlertInput))
    .mutation(({ ctx, input }) => ctx.cp.alerts.reopen(ctx.actor, input)),
  assign: fleet("alert.write")
    .input(parsed(assignAlertInput))
    .mutation(({ ctx, input }) => ctx.cp.alerts.assign(ctx.actor, input)),
  /** Many at once, without versions: those in another state are named in `skipped`. */
  bulk: fleet("alert.write")
    .input(parsed(bulkAlertsInput))
    .mutation(({ ctx, input }) => ctx.cp.alerts.bulk(ctx.actor, input)),
});
