import type { IntrospectionState } from "@sallyport/idp-client";
import type { AskedProvider, HeartbeatRequest, JwksState, TargetState } from "@sallyport/snapshot/protocol";
import type { Problems } from "../problems.js";
import type { SnapshotStore } from "../store.js";
import type { Upstreams } from "../upstreams/upstreams.js";
import { GATEWAY_VERSION } from "../version.js";
import type { TrafficMeter } from "./traffic-meter.js";

/** A difference to the control plane's clock from here on is an alarm, ms (SECURITY §3). */
const SKEW_MS = 30_000;

export interface HeartbeatSources {
  readonly store: SnapshotStore;
  readonly meter: TrafficMeter;
  readonly problems: Problems;
  readonly keys: { states(most: number): JwksState[]; statesOf(ids: ReadonlySet<string>): JwksState[] };
  readonly introspection: { states(): readonly IntrospectionState[] };
  readonly upstreams: Pick<Upstreams, "watched" | "problems">;
  readonly clock: { now(): number };
  /** RFC 3339. */
  readonly startedAt: string;
  readonly ready: boolean;
  readonly draining: boolean;
  /** Whose keys the control plane asks about beside; null towards one that cannot ask. */
  readonly asked: readonly AskedProvider[] | null;
}

/** Identity providers, and targets, that a heartbeat tells of. */
const MOST_STATES = 1_000;
const MOST_ASKED = 50;
/** Endpoints that are named one by one; the rest is counted. */
const MOST_NAMED = 5;

/** One sentence for each identity provider that cannot be asked about tokens. */
function askingProblems(states: readonly IntrospectionState[]): string[] {
  const troubled = states.filter(({ lastError }) => lastError !== null);
  const sentences = troubled
    .slice(0, MOST_NAMED)
    .map(({ tenant, identityProvider, lastError }) => `${tenant}/${identityProvider} cannot be asked about tokens: ${lastError}`.slice(0, 512));
  if (troubled.length > MOST_NAMED) sentences.push(`${troubled.length - MOST_NAMED} more identity providers cannot be asked about tokens`);
  return sentences;
}

function upstreamProblems(sentences: readonly string[]): string[] {
  const named = sentences.slice(0, MOST_NAMED).map((sentence) => sentence.slice(0, 512));
  if (sentences.length > MOST_NAMED) named.push(`${sentences.length - MOST_NAMED} more upstreams cannot be reached`);
  return named;
}

/** Those of upstreams that people watch; the troubled ones first, since the list is bounded. */
function targetStates(upstreams: Pick<Upstreams, "watched">): TargetState[] {
  const watched = upstreams.watched().toSorted((a, b) => Number(a.state === "healthy") - Number(b.state === "healthy"));
  return watched.slice(0, MOST_STATES).map(({ ejectedTotal: _ejectedTotal, ...state }) => state);
}

const idsOf = (asked: readonly AskedProvider[]): Set<string> => new Set(asked.map(({ tenant, identityProvider }) => `${tenant}/${identityProvider}`));

export function readHeartbeat(sources: HeartbeatSources): HeartbeatRequest {
  const { store, meter, problems, keys, introspection, upstreams, clock, startedAt, ready, draining, asked } = sources;
  const running = store.running?.envelope ?? null;
  const targets = targetStates(upstreams);
  return {
    revision: running?.revision ?? null,
    epoch: running?.epoch ?? null,
    rootHash: running?.rootHash ?? null,
    version: GATEWAY_VERSION,
    startedAt,
    clock: new Date(clock.now()).toISOString(),
    ready,
    draining,
    ...meter.read(),
    problems: [...problems.list(), ...upstreamProblems(upstreams.problems()), ...askingProblems(introspection.states())].slice(0, 20),
    jwks: keys.states(MOST_STATES),
    ...(asked === null ? {} : { askedJwks: keys.statesOf(idsOf(asked)).slice(0, MOST_ASKED) }),
    ...(targets.length === 0 ? {} : { upstreams: targets }),
  };
}

/** @param skewMs our clock less the control plane's */
export function reportSkew(problems: Problems, skewMs: number): void {
  if (Math.abs(skewMs) <= SKEW_MS) problems.clear("clock");
  else
    problems.report(
      "clock",
      `the node's clock is ${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? "ahead of" : "behind"} the control plane's`,
    );
}
