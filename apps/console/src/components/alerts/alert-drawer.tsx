"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { countOf } from "@/lib/format";
import type { AlertRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Drawer } from "@/ui/drawer";
import { Icon } from "@/ui/icon";
import { FailedState, SkeletonRows } from "@/ui/states";
import { Badge, Severity } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify, notifyFailure } from "@/ui/toast";
import { CrossTenantPassage, Evidence, History, NewestEvents } from "./alert-evidence";
import { ALERT_STATES } from "./alert-state";

/** One alert: what happened, the evidence, what to do, and what was done. */
export function AlertDrawer({
  number,
  onClose,
  onStep,
  onAcknowledge,
  onCloseAlert,
  onReopen,
}: {
  number: number | null;
  onClose: () => void;
  onStep: (step: 1 | -1) => void;
  onAcknowledge: (row: AlertRow) => void;
  onCloseAlert: (row: AlertRow) => void;
  onReopen: (row: AlertRow) => void;
}) {
  const trpc = useTRPC();
  const { can } = useMe();
  const detail = useQuery(trpc.alerts.get.queryOptions({ number: number ?? 1 }, { enabled: number !== null, refetchInterval: 5_000 }));
  const alert = detail.data?.alert;
  return (
    <Drawer
      open={number !== null}
      onClose={onClose}
      label={`Alert A-${number ?? ""}`}
      bar={
        <>
          {alert && <Severity of={alert.severity} />}
          <span className="m11 t3">A-{number}</span>
          {alert && <Badge tone={ALERT_STATES[alert.status][0]}>{ALERT_STATES[alert.status][1]}</Badge>}
          <span className="grow" />
          <Button variant="ghost" icon aria-label="Previous alert" onClick={() => onStep(-1)}>
            <Icon name="up" />
          </Button>
          <Button variant="ghost" icon aria-label="Next alert" onClick={() => onStep(1)}>
            <Icon name="down" />
          </Button>
        </>
      }
      title={alert?.title ?? "…"}
      summary={
        alert && (
          <>
            {countOf(alert.count, "event")} since <Time at={alert.firstSeenAt} as="stamp" />, the last <Time at={alert.lastSeenAt} as="phrase" />.
          </>
        )
      }
      footer={
        alert &&
        can("alert.write") && (
          <>
            {alert.status === "open" && (
              <Button variant="primary" onClick={() => onAcknowledge(alert)}>
                Acknowledge <kbd className="inline">a</kbd>
              </Button>
            )}
            {alert.status !== "closed" ? (
              <Button onClick={() => onCloseAlert(alert)}>
                Close… <kbd>e</kbd>
              </Button>
            ) : (
              <Button onClick={() => onReopen(alert)}>Reopen</Button>
            )}
            <span className="grow" />
            <AssignButton alert={alert} />
          </>
        )
      }
    >
      {detail.isPending ? (
        <SkeletonRows rows={6} />
      ) : !detail.data ? (
        <FailedState what="the alert" error={detail.error} onRetry={() => void detail.refetch()} />
      ) : (
        <>
          <CrossTenantPassage detail={detail.data} />
          {detail.data.evidence && <Evidence evidence={detail.data.evidence} />}
          <section>
            <h3>What it means</h3>
            <p>{detail.data.meaning}</p>
          </section>
          <section>
            <h3>What to do</h3>
            <p>{detail.data.advice}</p>
          </section>
          {detail.data.alert.closeReason && (
            <section>
              <h3>Closed because</h3>
              <p>{detail.data.alert.closeReason}</p>
            </section>
          )}
          <NewestEvents events={detail.data.events} />
          <History history={detail.data.history} />
        </>
      )}
    </Drawer>
  );
}

/** Takes the alert, or gives it back. */
function AssignButton({ alert }: { alert: AlertRow }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { personId } = useMe();
  const assign = useMutation(trpc.alerts.assign.mutationOptions());
  const mine = alert.assigneeId === personId;
  return (
    <Button
      busy={assign.isPending}
      onClick={() =>
        assign.mutate(
          { number: alert.number, version: alert.version, personId: mine ? null : personId },
          {
            onSuccess: () => notify({ title: mine ? `A-${alert.number} is nobody's` : `A-${alert.number} is yours` }),
            onError: (error) => notifyFailure("Not assigned", error),
            onSettled: () => void client.invalidateQueries({ queryKey: trpc.alerts.pathKey() }),
          },
        )
      }
    >
      {mine ? "Give it back" : alert.assigneeName ? `Take it from ${alert.assigneeName}` : "Take it"}
    </Button>
  );
}
