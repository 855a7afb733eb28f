"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { duration } from "@/lib/format";
import type { NodeRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Drawer } from "@/ui/drawer";
import { RevisionFace } from "@/ui/revision-face";
import { FailedState, SkeletonRows } from "@/ui/states";
import { Badge, Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify, notifyFailure } from "@/ui/toast";
import { NodeKey } from "./node-key";
import { HEALTH, SYNC } from "./node-states";

const KEY_STATES = {
  fresh: ["ok", "Fresh"],
  unused: ["unk", "Unused"],
  stale: ["att", "Stale"],
  failing: ["att", "Failing"],
  expired: ["fail", "Expired"],
} as const satisfies Record<string, readonly [Tone, string]>;

function Jwks({ jwks }: { jwks: NodeRow["jwks"] }) {
  if (jwks.length === 0) return null;
  return (
    <section>
      <h3>Keys of identity providers</h3>
      <dl className="kv">
        {jwks.slice(0, 20).map((entry) => (
          <div key={`${entry.tenant}/${entry.identityProvider}`} className="contents">
            <dt className="ell">{entry.tenant}</dt>
            <dd className="row wrap">
              {entry.identityProvider}
              <Status tone={KEY_STATES[entry.state][0]}>{KEY_STATES[entry.state][1]}</Status>
              <span className="t3">
                {entry.kids.length} {entry.kids.length === 1 ? "key" : "keys"}
                {entry.fetchedAt && (
                  <>
                    , <Time at={entry.fetchedAt} as="phrase" />
                  </>
                )}
              </span>
              {entry.lastError && <span className="t3">{entry.lastError}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {jwks.length > 20 && <p className="t3">and {jwks.length - 20} more</p>}
    </section>
  );
}

/** One node: what it runs, what it last said, and what can be done with it. */
export function NodeDrawer({ name, onClose }: { name: string | null; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const node = useQuery(trpc.nodes.get.queryOptions({ name: name ?? "" }, { enabled: name !== null, refetchInterval: 2_000 }));
  const revoke = useMutation(trpc.nodes.revoke.mutationOptions());
  const archive = useMutation(trpc.nodes.archive.mutationOptions());
  const retry = useMutation(trpc.nodes.retry.mutationOptions());
  const refresh = () => client.invalidateQueries();
  const data = node.data;
  return (
    <Drawer
      open={name !== null}
      onClose={onClose}
      label={`Node ${name ?? ""}`}
      bar={
        <>
          {data && (
            <>
              <Badge tone={SYNC[data.sync][0]}>{SYNC[data.sync][1]}</Badge>
              <Badge tone={HEALTH[data.health][0]}>{HEALTH[data.health][1]}</Badge>
            </>
          )}
          <span className="grow" />
        </>
      }
      title={<code>{name}</code>}
      summary={data && `Group ${data.group}, version ${data.version}`}
      footer={
        data &&
        can("node.write") && (
          <>
            {data.sync === "refused" && (
              <Button
                variant="primary"
                busy={retry.isPending}
                onClick={() =>
                  retry.mutate(
                    { name: data.name },
                    {
                      onSuccess: () => {
                        notify({ title: `${data.name} gets it once more` });
                        void refresh();
                      },
                      onError: (error) => notifyFailure("Not sent again", error),
                    },
                  )
                }
              >
                Send it again
              </Button>
            )}
            {data.status === "active" ? (
              <RemoveButton
                what={data.name}
                consequence="It stops serving as soon as it hears of it, within seconds while it is connected; one that cannot be reached goes on until it is. To come back it enrols anew."
                asksReason
                onRemove={async (reason) => {
                  await revoke.mutateAsync({ name: data.name, ...(reason && { reason }) });
                  await refresh();
                }}
              >
                Revoke…
              </RemoveButton>
            ) : (
              <Button
                onClick={() =>
                  archive.mutate(
                    { name: data.name },
                    {
                      onSuccess: () => {
                        onClose();
                        void refresh();
                      },
                      onError: (error) => notifyFailure("Not archived", error),
                    },
                  )
                }
              >
                Archive
              </Button>
            )}
          </>
        )
      }
    >
      {node.isPending ? (
        <SkeletonRows rows={5} />
      ) : !data ? (
        <FailedState what="the node" error={node.error} onRetry={() => void node.refetch()} />
      ) : (
        <>
          {data.refusal.length > 0 && (
            <section>
              <h3>Why it refused revision {data.targetRevision}</h3>
              {data.refusal.map((error) => (
                <div key={`${error.code}${error.path}`} className="note fail">
                  <Status tone="fail" />
                  <span>
                    <code>{error.code}</code> at <code>{error.path}</code>: {error.message}
                  </span>
                </div>
              ))}
            </section>
          )}
          {data.problems.length > 0 && (
            <section>
              <h3>What it says is wrong</h3>
              <ul className="fixes">
                {data.problems.map((problem) => (
                  <li key={problem}>{problem}</li>
                ))}
              </ul>
            </section>
          )}
          <section>
            <h3>State</h3>
            <dl className="kv">
              <dt>Runs</dt>
              <dd>
                <RevisionFace number={data.revision} hash={data.rootHash} look={data.sync === "live" ? undefined : "odd"} />
              </dd>
              <dt>Should run</dt>
              <dd>{data.targetRevision === null ? "nothing yet" : `revision ${data.targetRevision}`}</dd>
              <dt>Applied</dt>
              <dd>
                <Time at={data.appliedAt} as="phrase" />
                {data.applyMs !== null && <span className="t3"> in {duration(data.applyMs)}</span>}
              </dd>
              <dt>Heartbeat</dt>
              <dd>
                <Time at={data.lastHeartbeatAt} as="phrase" />
              </dd>
              <dt>Clock</dt>
              <dd>{data.clockSkewMs === null ? "–" : `${Math.round(data.clockSkewMs)} ms off`}</dd>
              <dt>Enrolled</dt>
              <dd>
                <Time at={data.enrolledAt} as="stamp" />
              </dd>
            </dl>
          </section>
          <NodeKey node={data} />
          <Jwks jwks={data.jwks} />
        </>
      )}
    </Drawer>
  );
}
