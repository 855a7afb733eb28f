"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { SelectField } from "@/ui/field";
import { RoomHead } from "@/ui/page-head";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

const MINUTES = 15;

const command = (token: string, origin: string): string =>
  [
    "docker run -d --name sallyport-node \\",
    `  -e SALLYPORT_CONTROL_PLANE="${origin}" \\`,
    `  -e SALLYPORT_JOIN_TOKEN="${token}" \\`,
    "  -e SALLYPORT_DATA_DIR=/data -v sallyport-node:/data \\",
    "  -p 8080:8080 sallyport/gateway",
  ].join("\n");

/** A token that works once, the command to run, and the moment when the node is there. */
export function AddNodePanel({ groups, onClose }: { groups: readonly string[]; onClose: () => void }) {
  const trpc = useTRPC();
  const [group, setGroup] = useState(groups[0] ?? "default");
  const create = useMutation(trpc.joinTokens.create.mutationOptions({ gcTime: 0 }));
  const made = create.data;
  const tokens = useQuery(trpc.joinTokens.list.queryOptions(undefined, { enabled: made !== undefined, refetchInterval: 2_000 }));
  const token = tokens.data?.find((row) => row.id === made?.id);
  const connected = token?.usedByNode ?? null;
  return (
    <section className="room" aria-label="Add a node">
      <RoomHead
        title={made ? `Add a node to ${group}` : "Add a node"}
        end={
          <>
            <span role="status">
              {made && (connected ? <Status tone="ok">{connected} is connected</Status> : <Status tone="pend">Waiting for the node</Status>)}
            </span>
            <Button size="xs" variant="ghost" onClick={onClose}>
              Close
            </Button>
          </>
        }
      />
      {made ? (
        <>
          <p className="t2 mb-2">
            Run this on the machine. The token works once and expires <Time at={made.expiresAt} as="until" />; it is not shown again. This panel turns
            to “connected” by itself.
          </p>
          <CodeBlock text={command(made.token, window.location.origin)} />
        </>
      ) : (
        <form
          className="fields max-w-100"
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({ group, label: "Added from the nodes page", kind: "one_off", expiresInMinutes: MINUTES });
          }}
        >
          <SelectField
            label="Group"
            hint="Nodes of a group run the same snapshot"
            value={group}
            error={create.error ? problemText(create.error) : undefined}
            onChange={(event) => setGroup(event.target.value)}
          >
            {groups.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
          <Button type="submit" variant="primary" busy={create.isPending}>
            Make a join token
          </Button>
        </form>
      )}
    </section>
  );
}
