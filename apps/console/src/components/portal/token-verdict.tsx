import { REFUSALS } from "@sallyport/pipeline";
import { STEP_LOOKS, STEP_TITLES } from "@/lib/step-words";
import type { PortalOutputs } from "@/server/portal/root";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

type Verdict = PortalOutputs["tokens"]["attempt"];

const listed = (values: readonly string[]) => (values.length === 0 ? <span className="t3">none</span> : <code>{values.join(" ")}</code>);
const text = (value: string | null) => (value === null ? <span className="t3">none</span> : <code>{value}</code>);

/** The verdict in a word, whom the token makes, the way through the steps, and what it narrowly missed. */
export function TokenVerdict({ verdict }: { verdict: Verdict }) {
  const { allowed, code, steps, nearMisses, principal, route, revision } = verdict;
  return (
    <section className="box" aria-label="Verdict">
      <div className="part" role="status">
        <div className="rh">
          <h3 className="b">
            <Status tone={allowed ? "ok" : "fail"} coloured>
              {allowed ? "Let in" : "Refused"}
            </Status>
          </h3>
          <span className="end">
            {route === null ? "no route" : `route ${route}`} · {revision === null ? "as saved" : `live, revision ${revision}`}
          </span>
        </div>
        {code !== null && (
          <p className="t2">
            {REFUSALS[code].status} <code>{code}</code>: {REFUSALS[code].title}
          </p>
        )}
        {nearMisses.map((sentence) => (
          <p key={sentence} className="mt-2">
            {sentence}
          </p>
        ))}
        {allowed && principal === null && <p className="t2">This route asks nobody: it lets everything in, with or without a token.</p>}
        {principal !== null && (
          <dl className="pairs mt-2" aria-label="Whom the token makes">
            <dt>Subject</dt>
            <dd>{text(principal.subject)}</dd>
            <dt>E-mail</dt>
            <dd>{text(principal.email)}</dd>
            <dt>Roles</dt>
            <dd>{listed(principal.roles)}</dd>
            <dt>Scopes</dt>
            <dd>{listed(principal.scopes)}</dd>
            <dt>Organisation</dt>
            <dd>{text(principal.organization)}</dd>
            <dt>Provider</dt>
            <dd>{text(principal.identityProvider)}</dd>
            <dt>Expires</dt>
            <dd>
              <Time at={principal.expiresAt === null ? null : principal.expiresAt * 1_000} as="until" />
            </dd>
          </dl>
        )}
      </div>
      <div className="part">
        <div className="rh">
          <h3 className="b">Step by step</h3>
        </div>
        <ol className="trace" aria-label="Steps">
          {steps.map((step) => {
            const [tone, word] = STEP_LOOKS[step.result];
            return (
              <li key={step.step} className={step.result === "fail" ? "at" : undefined}>
                <Status tone={tone} coloured={step.result !== "skipped"}>
                  {word}
                </Status>
                <span className="b">{STEP_TITLES[step.step]}</span>
                <span className="what">
                  {step.detail}
                  {step.us !== null && <small className="t3">{Math.round(step.us).toLocaleString("en")} µs</small>}
                </span>
              </li>
            );
          })}
        </ol>
      </div>
    </section>
  );
}
