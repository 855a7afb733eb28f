import Link from "next/link";
import type { TestOutcome } from "@/lib/rows";
import { STEP_LOOKS, STEP_TITLES } from "@/lib/step-words";
import { Status } from "@/ui/status";

type Step = TestOutcome["steps"][number];
type Reference = Step["decidedBy"][number];

const SEGMENTS: Partial<Record<Reference["kind"], string>> = { Route: "routes", Upstream: "upstreams", IdentityProvider: "identity-providers" };

/** Where the object is edited; null where it has no page of its own. */
function pageOf({ kind, tenant, name }: Reference): string | null {
  if (tenant === null) return kind === "Fleet" ? "/settings" : null;
  if (kind === "Tenant") return `/tenants/${tenant}/settings`;
  const segment = SEGMENTS[kind];
  return segment === undefined ? null : `/tenants/${tenant}/${segment}/${name}`;
}

function Decider({ by }: { by: Reference }) {
  const text = `${by.kind === "Fleet" ? "fleet settings" : by.name}${by.setting === null ? "" : `: ${by.setting}`}`;
  const href = pageOf(by);
  return href === null ? <span className="m">{text}</span> : <Link href={href}>{text}</Link>;
}

/** The way of a request through the node's steps, as far as it came; the step that decided is marked. */
function TestTrace({ outcome, brief }: { outcome: TestOutcome; brief: boolean }) {
  const { steps, decidedAt, nearMisses } = outcome;
  if (steps.length === 0) return null;
  const last = steps.findIndex(({ step }) => step === decidedAt);
  return (
    <>
      <ol className="trace" aria-label="Steps">
        {steps.slice(brief && last >= 0 ? last : 0, last < 0 ? undefined : last + 1).map((step) => {
          const [tone, word] = STEP_LOOKS[step.result];
          return (
            <li key={step.step} className={step.step === decidedAt ? "at" : undefined}>
              <Status tone={tone} coloured={step.result !== "skipped"}>
                {word}
              </Status>
              <span className="b">{STEP_TITLES[step.step]}</span>
              <span className="what">
                {step.detail}
                {step.step === decidedAt &&
                  step.decidedBy.map((by) => (
                    <small key={`${by.kind}${by.name}${by.setting}`}>
                      decided by <Decider by={by} />
                    </small>
                  ))}
              </span>
            </li>
          );
        })}
      </ol>
      {nearMisses.map(({ code, sentence }) => (
        <p key={code} className="t2 mt-2">
          {sentence}
        </p>
      ))}
    </>
  );
}

/** What was expected, what came, and the way there; `brief`, only the step that decided. */
export function TestVerdict({ outcome, brief = false }: { outcome: TestOutcome; brief?: boolean }) {
  return (
    <>
      <dl className="mb-2">
        <dt>Expected</dt>
        <dd>{outcome.expected}</dd>
        <dt>Got</dt>
        <dd>{outcome.got}</dd>
        {outcome.at !== null && (
          <>
            <dt>At</dt>
            <dd>
              <code>{outcome.at}</code>
            </dd>
          </>
        )}
      </dl>
      {outcome.decidedAt !== null && outcome.differences.map((difference) => <p key={difference}>{difference}.</p>)}
      <TestTrace outcome={outcome} brief={brief} />
    </>
  );
}
