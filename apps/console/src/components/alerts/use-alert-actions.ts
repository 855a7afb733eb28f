"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { AlertRow } from "@/lib/rows";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";
import { notify, notifyFailure } from "@/ui/toast";

type AlertPage = RouterOutputs["alerts"]["list"];
export type AlertDeed = { readonly action: "acknowledge" } | { readonly action: "close"; readonly reason: string } | { readonly action: "reopen" };

const AFTER = { acknowledge: "acknowledged", close: "closed", reopen: "open" } as const;
const DONE = { acknowledge: "Acknowledged", close: "Closed", reopen: "Reopened" } as const;

const isPage = (data: unknown): data is AlertPage => typeof data === "object" && data !== null && "items" in data;

/**
 * Acknowledge, close and reopen, one or many. The rows change at once; a refusal puts them back and says why. What was done can be
 * undone for eight seconds.
 */
export function useAlertActions() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const bulk = useMutation(trpc.alerts.bulk.mutationOptions());
  const lists = { queryKey: trpc.alerts.list.queryKey() };

  const act = async (rows: readonly AlertRow[], deed: AlertDeed, { undoable = true }: { undoable?: boolean } = {}): Promise<void> => {
    if (rows.length === 0) return;
    const numbers = rows.map((row) => row.number);
    await client.cancelQueries(lists);
    const before = client.getQueriesData(lists);
    client.setQueriesData(lists, (data: unknown) =>
      isPage(data)
        ? { ...data, items: data.items.map((row) => (numbers.includes(row.number) ? { ...row, status: AFTER[deed.action] } : row)) }
        : data,
    );
    const what = rows.length === 1 && rows[0] ? `A-${rows[0].number}` : `${rows.length} alerts`;
    try {
      const { skipped } = await bulk.mutateAsync({ ...deed, numbers });
      const changed = rows.filter((row) => !skipped.includes(row.number));
      const note = skipped.length > 0 ? `; ${skipped.length} had changed already` : "";
      notify({
        title: `${DONE[deed.action]} ${what}${note}`,
        undo: undoable && deed.action !== "reopen" ? () => void act(changed, { action: "reopen" }, { undoable: false }) : undefined,
      });
    } catch (error) {
      for (const [key, data] of before) client.setQueryData(key, data);
      notifyFailure(`${what}: nothing was changed`, error);
    } finally {
      await client.invalidateQueries({ queryKey: trpc.alerts.pathKey() });
    }
  };
  return { act, busy: bulk.isPending };
}
