import { createHash } from "node:crypto";
import { type Allow, type Decision, pseudonymOf, sourceOf } from "@sallyport/pipeline";
import type { ActiveRecording, Arrival, LimitsRequest } from "@sallyport/snapshot/protocol";

type Recorded = LimitsRequest["traffic"][number];

/** What a request's body said, and the limits that count by it. */
interface LateFacts {
  readonly username: string | null;
  readonly refusedBy: { readonly name: string; readonly ofFleet: boolean } | null;
}

/** Keeps which requests came to the limits, for tenants of whom somebody asked for it, until it is told. */
export interface TrafficRecorder {
  /** Whether anything is recorded: a look at this is all that it costs otherwise. */
  readonly any: boolean;
  /** What the control plane wants recorded from now on. */
  record(recordings: readonly ActiveRecording[]): void;
  /** A request that came as far as the limits; whatever did not is left alone. Never throws. */
  note(decision: Decision): void;
  /** More about one that was noted. */
  noteLate(decision: Allow, late: LateFacts): void;
  /** What was recorded since the last call, of at most so many recordings, a part of bounded size of each. */
  take(most: number): Recorded[];
}

/** Of one recording, until it is told; at about 300 bytes each. */
const MAX_WAITING = 20_000;
/** In one report. */
const MAX_TOLD = 10_000;
/** A body that names a username takes a moment to come. */
const SETTLES_MS = 1_000;

interface Running extends ActiveRecording {
  readonly untilMs: number;
  waiting: Arrival[];
  lost: number;
}

interface Asked {
  readonly tenant: string;
  readonly route: string;
  readonly facts: Omit<Arrival, "at" | "route" | "subject"> & { readonly subject?: string };
}

/** As far as a decision says whose request it was, and that it came to the limits. */
function askedOf(decision: Decision): Asked | null {
  const { clientIp } = decision;
  if (clientIp === null) return null;
  const address = clientIp.slice(0, 64);
  if (decision.outcome === "preflight") return { tenant: decision.tenant.slug, route: decision.route.name, facts: { address, preflight: true } };
  const limitedBy = decision.outcome === "deny" ? decision.limitedBy : undefined;
  if (decision.outcome === "deny" && (limitedBy === undefined || decision.tenant === null || decision.route === null)) return null;
  const { principal, apiKey } = decision.outcome === "allow" ? decision : (limitedBy ?? { principal: null, apiKey: null });
  const facts = {
    address,
    ...(principal !== null && { source: sourceOf(principal), subject: principal.subject }),
    ...(apiKey !== null && { apiKey: `${apiKey.tenant}/${apiKey.name}` }),
    ...(limitedBy?.isPreflight && { preflight: true as const }),
    ...(limitedBy && { refusedBy: { policy: limitedBy.policy, ofFleet: limitedBy.ofFleet } }),
  };
  if (decision.outcome === "allow") return { tenant: decision.tenant.slug, route: decision.route.name, facts };
  return { tenant: decision.tenant ?? "", route: decision.route ?? "", facts };
}

export function createTrafficRecorder({ clock }: { readonly clock: { now(): number } }): TrafficRecorder {
  let running = new Map<string, Running>();
  let any = false;
  /** What is noted of a request that goes on, for as long as somebody may know more of it. */
  const noted = new WeakMap<Allow, { readonly of: Running; readonly arrival: Arrival }[]>();

  /** The same name in two recordings has two pseudonyms: nobody can follow a person from one to the next. */
  const hidden = ({ id }: Running, name: string): string => pseudonymOf(createHash("sha256").update(`${id}\n${name}`).digest("hex"));

  return {
    get any() {
      return any;
    },
    record(recordings) {
      const next = new Map<string, Running>();
      for (const recording of recordings) {
        const known = running.get(recording.id);
        next.set(recording.id, { waiting: [], lost: 0, ...known, ...recording, untilMs: Date.parse(recording.until) });
      }
      // What was recorded before it ended is still to be told.
      for (const [id, each] of running) if (!next.has(id) && (each.waiting.length > 0 || each.lost > 0)) next.set(id, { ...each, untilMs: 0 });
      running = next;
      any = running.size > 0;
    },
    note(decision) {
      const asked = askedOf(decision);
      if (asked === null) return;
      const at = clock.now();
      const { tenant, route, facts } = asked;
      for (const recording of running.values()) {
        if (recording.tenant !== tenant || at >= recording.untilMs) continue;
        if (recording.routes.length > 0 && !recording.routes.includes(route)) continue;
        if (recording.waiting.length >= MAX_WAITING) {
          recording.lost += 1;
          continue;
        }
        const { subject, ...others } = facts;
        const arrival: Arrival = { at, route, ...others, ...(subject !== undefined && { subject: hidden(recording, subject) }) };
        recording.waiting.push(arrival);
        if (decision.outcome !== "allow" || decision.route.passesAtOnce) continue;
        const places = noted.get(decision) ?? [];
        places.push({ of: recording, arrival });
        noted.set(decision, places);
      }
    },
    noteLate(decision, { username, refusedBy }) {
      for (const { of, arrival } of noted.get(decision) ?? []) {
        if (username !== null) arrival.username = hidden(of, username);
        if (refusedBy !== null) arrival.refusedBy = { policy: refusedBy.name, ofFleet: refusedBy.ofFleet };
      }
    },
    take(most) {
      const settled = clock.now() - SETTLES_MS;
      const told: Recorded[] = [];
      for (const [id, recording] of running) {
        if (told.length >= most) break;
        const unsettled = recording.waiting.findIndex(({ at }) => at > settled);
        const arrivals = recording.waiting.splice(0, Math.min(MAX_TOLD, unsettled < 0 ? recording.waiting.length : unsettled));
        if (arrivals.length > 0 || recording.lost > 0) told.push({ recording: id, arrivals, lost: recording.lost });
        recording.lost = 0;
      }
      return told;
    },
  };
}
