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

/** What a request gets; of what is no credential, nothing. */
const ANSWERS: Partial<Record<RevocationDetail["kind"], string>> = {
  token: "401 token_revoked",
  subject: "401 token_revoked",
  suspension: "403 tenant_suspended",
  api_key: "401 invalid_api_key",
  session: "401 session_not_found",
};
const isPast = ({ state }: RevocationDetail): boolean => state === "expired" || state === "lifted" || state === "superseded";

/** One revocation: what it refuses and why, and at which nodes since when. */
export function RevocationDrawer({ id, onClose }: { id: string | null; onClose: () => void }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const { lift } = useRevocations();
  const query = trpc.revocations.get.queryOptions({ id: id ?? "" }, { enabled: id !== null, refetchInterval: 1_000 });
  const revocation = useQuery(query);
  const { data } = revocation;
  const thing = data && revokedThing(data);
  const reached = data && reachWords(data);
  const isOpen = data?.state === "in_force" || data?.state === "unpublished";
  const mayLift = isOpen && can("revocation.write") && (data.kind !== "suspension" || can("tenant.write"));
  return (
    <Drawer
      open={id !== null}
      onClose={onClose}
      label={thing ? `${thing.kind} ${thing.name}` : "Revocation"}
      bar={
        <>
          {reached && <Badge tone={reached.tone}>{reached.words}</Badge>}
          <span className="grow" />
        </>
      }
      title={thing && <code className="break-words">{thing.name}</code>}
      summary={data?.reason ?? undefined}
      footer={
        thing &&
        mayLift && (
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
              await lift.mutateAsync({ slug: data.tenant ?? "", id: data.id });
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
      <h3>What was revoked</h3>
      <dl className="kv">
        {of.tenant && (
          <>
            <dt>Tenant</dt>
            <dd>
              <Link href={`/tenants/${of.tenant}/revocations`}>{of.tenant}</Link>
            </dd>
          </>
        )}
        {ANSWERS[of.kind] && <Fact name="Answer" value={ANSWERS[of.kind] ?? ""} />}
        {of.name && <Fact name={NAMES[of.kind] ?? "Name"} value={of.name} />}
        {of.hint && <Fact name="Ends in" value={of.hint} />}
        {of.jti && <Fact name="jti" value={of.jti} />}
        {of.issuer && <Fact name="Issuer" value={of.issuer} />}
        {of.digest && <Fact name="SHA-256" value={of.digest} />}
        {of.subject && <Fact name="Subject" value={of.subject} />}
        {of.kind === "session" && (
          <>
            <dt>Sessions</dt>
            <dd>{of.sessions ?? "the store did not say how many"}</dd>
          </>
        )}
        {of.issuedBefore && (
          <>
            <dt>Issued before</dt>
            <dd>
              <Time at={of.issuedBefore} as="stamp" />
            </dd>
          </>
        )}
        <dt>Revoked by</dt>
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

const NAMES: Partial<Record<RevocationDetail["kind"], string>> = {
  api_key: "API key",
  session: "Provider",
  idp_keys: "Provider",
  node: "Node",
};

function endOf({ kind, state, endedAt, endedByName, endedRevision, expiresAt }: RevocationDetail) {
  if (state === "lifted")
    return (
      <>
        lifted by {endedByName}, <Time at={endedAt} as="phrase" />
      </>
    );
  if (state === "superseded") return `taken over by revision ${endedRevision}`;
  if (state === "final") return kind === "idp_keys" ? "at once: each node fetches the keys anew" : "never";
  if (expiresAt === null) return "when a published revision contains it, or when it is lifted";
  return <Time at={expiresAt} as="stamp" />;
}
