"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RemoveButton } from "@/components/tenant/remove-button";
import { countOf } from "@/lib/format";
import type { RecordingRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify, notifyFailure } from "@/ui/toast";

const MINUTES = 15;

/** What is recorded of a tenant's traffic, and the one that is tried. */
export function Recordings({
  slug,
  rows,
  chosen,
  onChoose,
}: {
  slug: string;
  rows: readonly RecordingRow[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const { traffic } = useTRPC();
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: traffic.recordings.queryKey({ slug }) });
  const start = useMutation(
    traffic.start.mutationOptions({
      onSuccess: async ({ id }) => {
        await again();
        onChoose(id);
        notify({ title: `Nodes record ${slug} for ${MINUTES} min` });
      },
      onError: (error) => notifyFailure("Not recorded", error),
    }),
  );
  const stop = useMutation(traffic.stop.mutationOptions({ onSuccess: again, onError: (error) => notifyFailure("Not stopped", error) }));
  const remove = useMutation(traffic.remove.mutationOptions({ onSuccess: again }));
  const running = rows.some(({ state }) => state === "running");
  return (
    <>
      {rows.length > 0 && (
        <fieldset className="bare grid gap-2 mb-3">
          <legend className="sr">Recordings</legend>
          {rows.map((row) => (
            <div key={row.id} className="row s3">
              <label className="row s2 min-w-0">
                <input type="radio" name="recording" checked={row.id === chosen} onChange={() => onChoose(row.id)} />
                <span>
                  <RecordingWords row={row} />
                </span>
              </label>
              <span className="ml-auto flex-none">
                {row.state === "running" ? (
                  <Button size="xs" busy={stop.isPending} onClick={() => stop.mutate({ slug, id: row.id })}>
                    Stop
                  </Button>
                ) : (
                  <RemoveButton
                    size="xs"
                    what="recording"
                    verb="Delete"
                    consequence={`What was recorded of ${slug} goes with it. Recordings go by themselves after a week.`}
                    onRemove={() => remove.mutateAsync({ slug, id: row.id })}
                  />
                )}
              </span>
            </div>
          ))}
        </fieldset>
      )}
      {!running && (
        <Button size="sm" busy={start.isPending} onClick={() => start.mutate({ slug, minutes: MINUTES })}>
          Record {MINUTES} min of traffic
        </Button>
      )}
    </>
  );
}

function RecordingWords({ row: { state, startedAt, endsAt, requests, lost } }: { row: RecordingRow }) {
  return (
    <>
      {state === "running" && (
        <Status tone="pend" coloured>
          Recording, ends <Time at={endsAt} as="until" />
        </Status>
      )}
      {state !== "running" && <Time at={startedAt} as="stamp" />}
      <span className="t3">
        , {countOf(requests, "request")}
        {state === "full" && ", then it was full"}
        {lost > 0 && `, ${countOf(lost, "request")} lost`}
      </span>
    </>
  );
}
