"use client";

import { lazy, Suspense } from "react";
import { kindWords } from "@/lib/audit-words";
import { count, countOf } from "@/lib/format";
import type { SectionChange } from "@/lib/rows";
import { FieldDiff } from "@/ui/field-diff";
import { SkeletonRows } from "@/ui/states";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";
import { DiscardButton } from "./discard-button";

const SectionYaml = lazy(() => import("./section-yaml"));

const CHANGES = {
  added: ["ok", "Added"],
  changed: ["draft", "Changed"],
  removed: ["fail", "Removed"],
} as const satisfies Record<string, readonly [Tone, string]>;

/** The newest edit in a section: by whom and when. */
function LastEdit({ section }: { section: SectionChange }) {
  const newest = [...section.objects].sort((a, b) => (b.updatedAt?.getTime() ?? 0) - (a.updatedAt?.getTime() ?? 0))[0];
  if (!newest?.updatedAt) return null;
  return (
    <span className="t3 hide-s">
      {newest.updatedByName ?? "somebody"}, <Time at={newest.updatedAt} as="phrase" />
    </span>
  );
}

/** One section of the draft against what is live: its objects with each changed field, or both texts as YAML. */
export function SectionReview({
  section,
  base,
  view,
  requests,
  selected,
  onSelect,
  editable,
}: {
  section: SectionChange;
  base: number | null;
  view: "fields" | "yaml";
  /** Requests of the tenant in 24 h, where known. */
  requests: number | undefined;
  selected: boolean;
  onSelect: ((selected: boolean) => void) | null;
  editable: boolean;
}) {
  const title = section.tenant ?? section.name;
  return (
    <section aria-label={title}>
      <div className="bar sunken">
        {onSelect && (
          <input
            type="checkbox"
            className="chk"
            aria-label={`Include ${title}`}
            checked={selected}
            onChange={(event) => onSelect(event.target.checked)}
          />
        )}
        <h2 className="b">{title}</h2>
        <span className="t3">
          {countOf(section.objects.length, "object")}
          <span className="hide-s">
            {requests === undefined ? "" : requests === 0 ? ", no traffic yet" : `, ${count(requests)} requests in 24 h`}
          </span>
        </span>
        <span className="grow" />
        <LastEdit section={section} />
        {editable && section.name.startsWith("tenants/") && <DiscardButton section={section.name} title={title} added={section.change === "added"} />}
      </div>
      {view === "yaml" ? (
        <div className="pad">
          <Suspense fallback={<SkeletonRows rows={6} />}>
            <SectionYaml section={section} base={base} />
          </Suspense>
        </div>
      ) : (
        section.objects.map((object) => {
          const [tone, word] = CHANGES[object.change];
          return (
            <div className="obj" key={`${object.kind}/${object.name}`}>
              <div className="oh">
                <span className="b">{object.name}</span>
                <span className="t3">{kindWords(object.kind)}</span>
                <span className="grow" />
                <Status tone={tone} coloured>
                  {word}
                </Status>
              </div>
              {object.change === "removed" ? null : <FieldDiff fields={object.fields} />}
            </div>
          );
        })
      )}
    </section>
  );
}
