"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useUnsavedEdits } from "@/components/leaving/leave-guard";
import { useMe } from "@/components/session/session-context";
import { countOf } from "@/lib/format";
import { problemOf, problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { AreaField, CheckField } from "@/ui/field";
import { Seg } from "@/ui/seg";
import { Status } from "@/ui/status";
import { notify } from "@/ui/toast";
import { BREAK_GLASS_WORD, BreakGlassFields } from "./break-glass-fields";
import { isOverruled, OverruleFields, type Overruling } from "./overrule-fields";
import { planOf, StagesFields, USUAL_STAGES } from "./stages-fields";
import type { Review } from "./use-review";
import { WordField } from "./word-field";

const MAX_COMMENT = 500;
const NOT_OVERRULED: Overruling = { typed: "", reason: "" };
const WAYS = [
  { value: "once", label: "All nodes at once" },
  { value: "stages", label: "In stages" },
] as const;

/** The comment and the button. A refusal keeps the comment and says what to do. */
export function PublishPanel({
  base,
  sections,
  everything,
  review,
  acknowledged,
  onPublished,
}: {
  base: number | null;
  /** Names of the chosen sections. */
  sections: readonly string[];
  /** All that differ are chosen. */
  everything: boolean;
  /** What the checks found of the chosen sections; undefined while that is not known. */
  review: Review | undefined;
  /** Ids of the warnings that somebody has said to be meant. */
  acknowledged: ReadonlySet<string>;
  onPublished: (revision: number) => void;
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const publish = useMutation(trpc.draft.publish.mutationOptions());
  const [comment, setComment] = useState("");
  const [commentError, setCommentError] = useState<string>();
  const [typed, setTyped] = useState("");
  const [way, setWay] = useState<"once" | "stages">("once");
  const [stages, setStages] = useState(USUAL_STAGES);
  const [supersede, setSupersede] = useState(false);
  const router = useRouter();
  const newest = useQuery(trpc.rollouts.list.queryOptions({ limit: 1 }, { refetchInterval: 5_000 })).data?.items[0];
  const underWay = newest && ["running", "paused", "halted"].includes(newest.state) ? newest : null;
  const plan = way === "stages" ? planOf(stages) : undefined;
  const { can } = useMe();
  const [overruling, setOverruling] = useState<Overruling>(NOT_OVERRULED);
  useUnsavedEdits(comment.trim() !== "" || overruling.reason.trim() !== "");
  const word = review?.word ?? null;
  const testWord = review?.testWord ?? null;
  const isAsked = useQuery(trpc.approvals.isRequired.queryOptions()).data === true;
  const [glass, setGlass] = useState<Overruling | null>(null);
  const heldBack = (testWord !== null && !isOverruled(overruling, testWord)) || (isAsked && glass !== null && !isOverruled(glass, BREAK_GLASS_WORD));
  const meant = (review?.warnings ?? []).filter(({ severity, id }) => severity !== "notice" && acknowledged.has(id)).map(({ id }) => id);
  const open = (review?.warnings ?? []).some(({ severity, id }) => severity !== "notice" && !acknowledged.has(id));
  const isUndecided = plan === null || (underWay !== null && !supersede);
  const blocked = review?.ok === false || open || (word !== null && typed.trim() !== word) || heldBack || isUndecided;
  const next = (base ?? 0) + 1;
  const submit = () => {
    if (blocked) return;
    if (comment.trim() === "") return setCommentError("Say in one sentence what this changes and why");
    setCommentError(undefined);
    publish.mutate(
      {
        ...{ comment: comment.trim(), base, acknowledge: meant },
        ...(everything ? {} : { sections: [...sections] }),
        ...(word === null ? {} : { confirm: typed.trim() }),
        ...(testWord === null ? {} : { overrule: { confirm: overruling.typed.trim(), reason: overruling.reason.trim() } }),
        ...(isAsked && glass !== null ? { breakGlass: { confirm: glass.typed.trim(), reason: glass.reason.trim() } } : {}),
        ...(plan ? { rollout: plan } : {}),
        ...(underWay !== null ? { supersede } : {}),
      },
      {
        onSuccess: ({ revision, waiting }) => {
          setComment("");
          setTyped("");
          setOverruling(NOT_OVERRULED);
          setGlass(null);
          setSupersede(false);
          if (revision === undefined) notify({ title: `Request ${waiting} waits for a second person` });
          else if (plan) router.push(`/rollouts/${revision}`);
          else onPublished(revision);
        },
        onSettled: () => void client.invalidateQueries(),
      },
    );
  };
  const conflict = publish.error && problemOf(publish.error).code === "conflict";
  return (
    <form
      className="room fields pt-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {publish.error && (
        <div className="note fail" role="alert">
          <Status tone="fail" />
          <span>
            {conflict
              ? "Somebody published meanwhile. The diff beside is now against their revision: look again, then publish."
              : problemText(publish.error)}
          </span>
        </div>
      )}
      <AreaField
        label="Comment"
        rows={3}
        maxLength={MAX_COMMENT}
        hint="What this changes and why; it stands in the history"
        error={commentError}
        value={comment}
        onChange={(event) => {
          setComment(event.target.value);
          setCommentError(undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit();
        }}
      />
      {word !== null && <WordField word={word} hint="Requests that had to prove who calls will pass without it" value={typed} onType={setTyped} />}
      {testWord !== null &&
        (can("revision.overrule") ? (
          <OverruleFields word={testWord} value={overruling} onChange={setOverruling} />
        ) : (
          <p className="t2">Policy tests fail. Change the draft or the tests; your role may not publish all the same.</p>
        ))}
      {base !== null && (
        <div>
          <Seg label="How it goes out" value={way} options={WAYS} onChoose={setWay} />
        </div>
      )}
      {way === "stages" && <StagesFields value={stages} onChange={setStages} />}
      {underWay !== null && (
        <div className="note att">
          <Status tone="att" />
          <div>
            <p>
              <Link href={`/rollouts/${underWay.revision}`}>Revision {underWay.revision}</Link> is on its way, at stage {underWay.stage} of{" "}
              {underWay.stages}.
            </p>
            <CheckField label="Take its place" checked={supersede} onChange={(event) => setSupersede(event.target.checked)} />
          </div>
        </div>
      )}
      {open && <p className="t2">Acknowledge each warning above, or change what causes it.</p>}
      {isAsked && can("revision.break_glass") && <BreakGlassFields value={glass} onChange={setGlass} />}
      <Button type="submit" variant="primary" busy={publish.isPending} disabled={blocked || sections.length === 0}>
        {publish.isPending ? "Publishing…" : labelOf({ next, sections: everything ? null : sections.length, asks: isAsked && glass === null })}
      </Button>
    </form>
  );
}

function labelOf({ next, sections, asks }: { next: number; sections: number | null; asks: boolean }): string {
  if (asks) return sections === null ? `Ask for approval of revision ${next}` : `Ask for approval of ${countOf(sections, "section")}`;
  return sections === null ? `Publish revision ${next}` : `Publish ${countOf(sections, "section")} as revision ${next}`;
}
