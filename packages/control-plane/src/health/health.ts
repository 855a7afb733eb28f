import type { Severity } from "@sallyport/snapshot/protocol";
import { SEVERITIES } from "@sallyport/snapshot/protocol";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import type { ControlPlaneDeps } from "../deps.js";
import type { Draft } from "../draft/draft.js";
import { notFound } from "../errors.js";
import { parse } from "../validation.js";
import { CHECK_IDS, type CheckDefinition, type CheckId, definitionOf } from "./catalogue.js";
import { evaluationsOf, type HealthParts } from "./evaluations.js";
import { type HealthFacts, readHealthFacts } from "./facts.js";
import type { Finding, HealthState, Outcome } from "./finding.js";
import { findingKey, keepJudged, type Sinces } from "./store.js";

/** Something that is wrong: since when, why, and what to do about it. */
export interface Problem extends Omit<Finding, "since" | "subject"> {
  /** The check and what it found: stable while it lasts. */
  readonly id: string;
  readonly check: CheckId;
  readonly severity: Severity;
  readonly since: Date;
  readonly cause: string;
  readonly remedy: string;
}

/** A check of the catalogue, and what it came to. */
export interface HealthCheckRow extends Pick<CheckDefinition, "title" | "area" | "severity" | "looksAt" | "cause"> {
  readonly id: CheckId;
  readonly remedy: string;
  /** Of the documents: `health-checks.md#sp-node-001`. */
  readonly docs: string;
  readonly state: HealthState;
  /** Since when it is in this state, as far as anybody looked; of what was found, the oldest. */
  readonly since: Date;
  readonly evaluatedAt: Date;
  /** Why it could not be told; null unless the state is unknown. */
  readonly unknown: string | null;
  /** It tells of the replica that answered. */
  readonly ofReplica: boolean;
  readonly problems: readonly Problem[];
}

export interface HealthChecks {
  /** Every check that the caller may see, in the catalogue's order, evaluated now. */
  list(actor: Actor): Promise<HealthCheckRow[]>;
  /** One check, asked anew: what can be tried is tried. @throws ServiceError `not_found` */
  recheck(actor: Actor, input: z.input<typeof checkInput>): Promise<HealthCheckRow>;
  /** What the checks found, worst first. @param facts what the caller has read already */
  problems(actor: Actor, facts: HealthFacts): Promise<Problem[]>;
  /** Looks every half a minute, so that "since" is right also where nobody looks. */
  start(): void;
  close(): Promise<void>;
}

export const checkInput = z.strictObject({ id: z.enum(CHECK_IDS, "is the id of no check: “sallyport health” lists them") });

const LOOK_EVERY_MS = 30_000;

const watcher = (): Actor => ({
  ...{ kind: "system", id: "health", name: "Health checks", ip: null, requestId: uuidv7() },
  grants: { fleet: new Set(["fleet.read", "draft.read"]), tenants: new Map() },
});

const stateOf = (id: CheckId, outcome: Outcome): HealthState =>
  "unknown" in outcome ? "unknown" : outcome.findings.length > 0 ? definitionOf(id).found : "ok";

const worstFirst = <T extends { readonly severity: (typeof SEVERITIES)[number] }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));

export function createHealthChecks(deps: ControlPlaneDeps, draft: Draft, parts: Omit<HealthParts, "validateDraft">): HealthChecks {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  let closed = false;
  /** Of checks of this replica: since when they are in their state, as long as it lives. */
  const here = new Map<string, { readonly state: HealthState; readonly since: Date }>();

  function toRow(id: CheckId, outcome: Outcome, sinces: Sinces, at: Date): HealthCheckRow {
    const { title, area, severity, looksAt, cause, fix, ofReplica } = definitionOf(id);
    const state = stateOf(id, outcome);
    const inState = sinces.ofCheck.get(id) ?? at;
    const problems = ("unknown" in outcome ? [] : outcome.findings).map(({ subject, since, ...finding }) => ({
      ...finding,
      ...{ id: `${id}/${subject}`, check: id, severity, cause, remedy: fix },
      since: since ?? sinces.ofFinding.get(findingKey(id, subject)) ?? inState,
    }));
    const oldest = Math.min(...problems.map(({ since }) => since.getTime()));
    return {
      ...{ id, title, area, severity, looksAt, cause, remedy: fix, docs: `health-checks.md#${id.toLowerCase()}`, state, evaluatedAt: at, problems },
      since: problems.length > 0 ? new Date(oldest) : inState,
      unknown: "unknown" in outcome ? outcome.unknown : null,
      ofReplica: ofReplica === true,
    };
  }

  async function evaluate(
    actor: Actor,
    ids: readonly CheckId[],
    { facts, fresh }: { facts: HealthFacts; fresh: boolean },
  ): Promise<HealthCheckRow[]> {
    const evaluations = evaluationsOf(
      deps,
      {
        ...parts,
        validateDraft: async () => ((await draft.summary(actor)).unpublished > 0 ? draft.validate(actor) : null),
      },
      facts,
    );
    const outcomes: [CheckId, Outcome][] = [];
    for (const id of ids) {
      const outcome = await evaluations[id]({ fresh }).catch((error: unknown): Outcome => {
        deps.log.warn({ err: error, check: id }, "A health check could not be evaluated.");
        return { unknown: "It could not be evaluated: the control plane's log has the reason." };
      });
      outcomes.push([id, outcome]);
    }
    const at = new Date(facts.now);
    const judged = outcomes.map(([id, outcome]) => ({
      ...{ id, state: stateOf(id, outcome) },
      subjects: "unknown" in outcome ? [] : outcome.findings.map(({ subject }) => subject),
    }));
    const ofFleet = judged.filter(({ id }) => definitionOf(id).ofReplica !== true);
    const kept = await keepJudged(deps, ofFleet, at);
    const ofCheck = new Map(kept.ofCheck);
    for (const { id, state } of judged) {
      if (ofCheck.has(id)) continue;
      const before = here.get(id);
      const now = before?.state === state ? before : { state, since: at };
      here.set(id, now);
      ofCheck.set(id, now.since);
    }
    return outcomes.map(([id, outcome]) => toRow(id, outcome, { ofCheck, ofFinding: kept.ofFinding }, at));
  }

  const visibleTo = (actor: Actor): CheckId[] =>
    CHECK_IDS.filter((id) => {
      const { needs } = definitionOf(id);
      return needs === undefined || actor.grants.fleet.has(needs);
    });

  const later = (): void => {
    if (closed) return;
    timer = setTimeout(
      () => {
        underWay = evaluate(watcher(), CHECK_IDS, { facts: readHealthFacts(deps), fresh: false })
          .catch((error: unknown) => deps.log.warn({ err: error }, "The health checks could not be evaluated; they are tried again."))
          .finally(later);
      },
      // Jittered, so that replicas do not look in step.
      LOOK_EVERY_MS * (0.8 + Math.random() * 0.4),
    ).unref();
  };

  return {
    async list(actor) {
      requireFleetGrant(actor, "fleet.read");
      return evaluate(actor, visibleTo(actor), { facts: readHealthFacts(deps), fresh: false });
    },
    async recheck(actor, input) {
      requireFleetGrant(actor, "fleet.read");
      const { id } = parse(checkInput, input);
      if (!visibleTo(actor).includes(id)) throw notFound("health check");
      const [row] = await evaluate(actor, [id], { facts: readHealthFacts(deps), fresh: true });
      if (row === undefined) throw notFound("health check");
      return row;
    },
    async problems(actor, facts) {
      const rows = await evaluate(actor, visibleTo(actor), { facts, fresh: false });
      return worstFirst(rows.flatMap(({ problems }) => problems));
    },
    start() {
      if (timer === undefined) later();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
