"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { WaitingRequests } from "@/components/approvals/waiting-requests";
import { RolloutStrip } from "@/components/revisions/rollout-strip";
import { useMe } from "@/components/session/session-context";
import { countOf, inWords, sentence } from "@/lib/format";
import type { SectionChange } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { RevisionFace } from "@/ui/revision-face";
import { Seg } from "@/ui/seg";
import { EmptyState, FailedState, PageSkeleton } from "@/ui/states";
import { PublishPanel } from "./publish-panel";
import { ReviewChecks } from "./review-checks";
import { ReviewReach } from "./review-reach";
import { ReviewTests } from "./review-tests";
import { ReviewWarnings } from "./review-warnings";
import { SectionReview } from "./section-review";
import { choiceOf, useProbe, useReview } from "./use-review";

const VIEWS = [
  { value: "fields", label: "Fields" },
  { value: "yaml", label: "YAML" },
] as const;

/** What exactly changes, for whom? */
export function DraftReview() {
  const trpc = useTRPC();
  const { can } = useMe();
  const [{ tenant, view }, setUrl] = useQueryStates({ tenant: parseAsString, view: parseAsStringLiteral(["fields", "yaml"]).withDefault("fields") });
  const diff = useQuery(trpc.draft.diff.queryOptions({}, { refetchInterval: 10_000 }));
  const live = useQuery(trpc.revisions.list.queryOptions({ limit: 1 }));
  const sections = diff.data?.sections ?? [];
  const slugs = sections.flatMap((section) => section.tenant ?? []).slice(0, 200);
  const stats = useQuery(trpc.tenants.stats.queryOptions({ slugs }, { enabled: slugs.length > 0 }));
  const [left, setLeft] = useState<ReadonlySet<string> | null>(null);
  const [acknowledged, setAcknowledged] = useState<ReadonlySet<string>>(new Set());
  const [published, setPublished] = useState<number | null>(null);
  // Arriving from one tenant, only that one is chosen; the others wait with a box to tick.
  const leftOut = left ?? new Set(tenant ? sections.filter((section) => section.tenant !== tenant).map((section) => section.name) : []);
  const chosen = sections.filter((section) => !leftOut.has(section.name));
  const choice = choiceOf(
    chosen.map(({ name }) => name),
    sections.filter(({ name }) => leftOut.has(name)).map(({ name }) => name),
  );
  const review = useReview(choice);
  const probe = useProbe(choice);

  if (diff.isPending) return <PageSkeleton />;
  if (!diff.data) return <FailedState what="the draft" error={diff.error} onRetry={() => void diff.refetch()} />;

  const requestsOf = (slug: string | null): number | undefined => (slug === null ? undefined : stats.data?.[slug]?.requests24h);
  const base = diff.data.base;
  const before = live.data?.items[0];
  const acknowledge = (id: string, on: boolean) =>
    setAcknowledged(new Set(on ? [...acknowledged, id] : [...acknowledged].filter((other) => other !== id)));
  const select = (name: string, on: boolean) => setLeft(new Set(on ? [...leftOut].filter((other) => other !== name) : [...leftOut, name]));

  return (
    <>
      <PageHead
        title={sections.length === 0 ? "Draft" : `Publish revision ${(base ?? 0) + 1}`}
        beside={
          sections.length > 0 &&
          before && (
            <span className="row t3">
              <RevisionFace number={before.number} hash={before.rootHash} />
              <span aria-hidden="true">→</span>
              <RevisionFace number={(base ?? 0) + 1} hash={null} look="next" />
            </span>
          )
        }
        answer={answerOf(sections)}
        actions={sections.length > 0 && <Seg label="View" value={view} options={VIEWS} onChoose={(next) => void setUrl({ view: next })} />}
      />
      {published !== null && <RolloutStrip number={published} />}
      <WaitingRequests onPublished={setPublished} />
      {sections.length === 0 ? (
        <EmptyState
          title="Everything is published"
          action={
            <LinkButton size="sm" href="/revisions">
              See the revisions
            </LinkButton>
          }
        >
          An edit of a tenant or of the fleet waits here until it is published.
        </EmptyState>
      ) : (
        <div className="rooms split-l s:grid-cols-[minmax(0,1fr)_400px]">
          <div>
            {sections.map((section) => (
              <SectionReview
                key={section.name}
                section={section}
                base={base}
                view={view}
                requests={requestsOf(section.tenant)}
                selected={!leftOut.has(section.name)}
                onSelect={sections.length > 1 ? (on) => select(section.name, on) : null}
                editable={can("tenant.write")}
              />
            ))}
          </div>
          <aside>
            <ReviewReach
              reach={review.data?.reach}
              tenants={chosen.filter((section) => section.tenant).length}
              requests={stats.data ? chosen.reduce((sum, section) => sum + (requestsOf(section.tenant) ?? 0), 0) : null}
            />
            <ReviewChecks review={review} probe={probe} />
            <ReviewTests tests={review.data?.tests} />
            <ReviewWarnings
              warnings={review.data?.warnings ?? []}
              acknowledged={acknowledged}
              onAcknowledge={can("revision.publish") ? acknowledge : null}
            />
            {can("revision.publish") ? (
              <PublishPanel
                base={base}
                sections={chosen.map((section) => section.name)}
                everything={chosen.length === sections.length}
                review={review.isPlaceholderData ? undefined : review.data}
                acknowledged={acknowledged}
                onPublished={(revision) => {
                  setLeft(null);
                  setAcknowledged(new Set());
                  setPublished(revision);
                  void setUrl({ tenant: null });
                }}
              />
            ) : (
              <p className="room t2 pt-4">Your role reads the draft. A publisher makes it live.</p>
            )}
          </aside>
        </div>
      )}
    </>
  );
}

function answerOf(sections: readonly SectionChange[]): string {
  if (sections.length === 0) return "Nothing differs from what is live.";
  const objects = sections.reduce((sum, section) => sum + section.objects.length, 0);
  const tenants = sections.filter((section) => section.tenant).length;
  const where = [tenants > 0 && countOf(tenants, "tenant"), tenants < sections.length && "the fleet"].filter(Boolean).join(" and ");
  const people = [...new Set(sections.flatMap((section) => section.objects.flatMap((object) => object.updatedByName ?? [])))];
  const who =
    people.length === 0
      ? ""
      : people.length === 1
        ? ` ${people[0]} edited.`
        : ` ${sentence(inWords(people.length))} people edited: ${people.slice(0, 4).join(", ")}${people.length > 4 ? " and others" : ""}.`;
  return `${countOf(objects, "object")} in ${where}.${who}`;
}
