"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { reachWords, revokedThing } from "@/lib/revocation-words";
import type { RevocationDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Drawer } from "@/ui/drawer";
import { FailedState, SkeletonRows } from "@/ui/states";
import { Badge } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { RevocationNodes } from "./revocation-nodes";
import { useRevocations } from "./use-revocations";

const ANSWERS = { token: "401 token_revoked", subject: "401 token_revoked", suspension: "403 tenant_suspended" } as const;
const isPast = ({ state }: RevocationDetail): boolean => state !== "in_force" && state !== "unpublished";

/** One revocation: what it refuses and why, and at which nodes since when. */
export function RevocationDrawer({ of, onClose }: { of: { slug: string; id: string } | null; onClose: () => void }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const { lift } = useRevocations();
  const query = trpc.revocations.get.queryOptions(of ?? { slug: "", id: "" }, { enabled: of !== null, refetchInterval: 1_000 });
  const revocation = useQuery(query);
  const { data } = revocation;
  const thing = data && revokedThing(data);
  const reached = data && reachWords(data);
  const mayLift = data && can("revocation.write") && (data.kind !== "suspension" || can("tenant.write"));
  return (
    <Drawer
      open={of !== null}
      onClose={onClose}
      label={thing ? `${thing.kind} ${thing.name}` : "Revocation"}
      bar={
        <>
          {reached && <Badge tone={reached.tone}>{reached.words}</Badge>}
          <span className="grow" />
        </>
      }
      title={thing && <code className="break-words">{thing.name}</code>}
      summary={data?.reason}
      footer={
        data &&
        thing &&
        mayLift &&
        !isPast(data) && (
          <RemoveButton
            what={`the revocation of ${thing.name}`}
            short="it"
            verb="Lift"
            consequence={
              data.kind === "suspension"
                ? `Requests of ${data.tenant} are served again at every node within two seconds, and its draft says so.`
                : "It is let through again at every node within two seconds, as long as it is valid otherwise."
            }
            onRemove={async () => {
              await lift.mutateAsync({ slug: data.tenant, id: data.id });
              notify({ title: `${thing.kind} ${thing.name} is not refused any more` });
            }}
          >
            Lift…
          </RemoveButton>
        )
      }
    >
      {revocation.isPending ? (
        <SkeletonRows rows={5} />
      ) : !data ? (
        <FailedState what="the revocation" error={revocation.error} onRetry={() => void revocation.refetch()} />
      ) : (
        <>
          <Facts of={data} />
          {!isPast(data) && <RevocationNodes of={data} />}
        </>
      )}
    </Drawer>
  );
}

function Facts({ of }: { of: RevocationDetail }) {
  return (
    <section>
      <h3>What is refused</h3>
      <dl className="kv">
        <dt>Tenant</dt>
        <dd>
          <Link href={`/tenants/${of.tenant}/revocations`}>{of.tenant}</Link>
        </dd>
        <dt>Answer</dt>
        <dd>
          <code>{ANSWERS[of.kind]}</code>
        </dd>
        {of.jti && <Fact name="jti" value={of.jti} />}
        {of.issuer && <Fact name="Issuer" value={of.issuer} />}
        {of.digest && <Fact name="SHA-256" value={of.digest} />}
        {of.subject && <Fact name="Subject" value={of.subject} />}
        {of.issuedBefore && (
          <>
            <dt>Issued before</dt>
            <dd>
              <Time at={of.issuedBefore} as="stamp" />
            </dd>
          </>
        )}
        <dt>Made</dt>
        <dd>
          {of.createdByName}, <Time at={of.createdAt} as="phrase" />
        </dd>
        <dt>Ends</dt>
        <dd>{endOf(of)}</dd>
        {of.revision !== null && (
          <>
            <dt>Carried since</dt>
            <dd>
              <Link href={`/revisions/${of.revision}`}>revision {of.revision}</Link>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code className="break-words">{value}</code>
      </dd>
    </>
  );
}

function endOf({ state, endedAt, endedByName, endedRevision, expiresAt }: RevocationDetail) {
  if (state === "lifted")
    return (
      <>
        lifted by {endedByName}, <Time at={endedAt} as="phrase" />
      </>
    );
  if (state === "superseded") return `taken over by revision ${endedRevision}`;
  if (expiresAt === null) return "when a published revision contains it, or when it is lifted";
  return <Time at={expiresAt} as="stamp" />;
}
