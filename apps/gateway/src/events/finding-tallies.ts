import type { SecurityFinding } from "@sallyport/pipeline";
import { type FoundIn, findingEvent, type UnsentEvent } from "./finding-event.js";

/** How long findings of one fingerprint are added up before they are told of, ms. */
const INTERVAL_MS = 10_000;
/** Fingerprints of one story (kind, tenants, identity provider) that are told apart; what is beyond them is told of as one. */
const MAX_DETAILS = 16;
/** Tallies at one moment. At about 4 KiB for the largest event, 8 MiB. */
const MAX_TALLIES = 2_000;

/** Findings on their way to the reporter, bounded for each fingerprint: a flood of requests is no flood of events. */
export interface FindingTallies {
  /** The first of a fingerprint goes out at once; the others of its interval are counted, and go out as one event at its end. Never throws. */
  add(finding: SecurityFinding, found: FoundIn | null): void;
  /** Sends what is due; a timer does so by itself. */
  sendDue(): void;
  readonly size: number;
  /** Sends everything that is counted, and stops. */
  close(): void;
}

export interface FindingTalliesDeps {
  /** @param atMs when it was found last */
  readonly report: (event: UnsentEvent, atMs: number) => void;
  readonly clock: { now(): number; monotonic(): number };
}

/** Findings of one fingerprint in the interval that runs. */
interface Tally {
  /** Monotonic ms. */
  endsAt: number;
  /** What has been counted since the last event, and not been told of. */
  waiting: { readonly event: UnsentEvent; count: number; lastAtMs: number } | null;
}

/** Fingerprints of one story. */
interface Story {
  readonly details: Map<string, Tally>;
  /** All fingerprints beyond the bound. */
  rest: Tally | null;
}

/**
 * Three levels, each bounded: fingerprint, story, kind. Who varies what he sends fills the fingerprints of his own story and is then counted
 * under the story; another tenant's first finding still goes out at once. Nothing is lost on any level but the distinction.
 */
export function createFindingTallies({ report, clock }: FindingTalliesDeps): FindingTallies {
  const stories = new Map<string, Story>();
  const kinds = new Map<string, Tally>();
  let size = 0;

  const open = (): Tally => {
    size += 1;
    return { endsAt: clock.monotonic() + INTERVAL_MS, waiting: null };
  };

  /** The tally that counts this finding, and whether it is the first in it. */
  const tallyFor = (finding: SecurityFinding, found: FoundIn | null): { tally: Tally; isFirst: boolean } => {
    const key = JSON.stringify([finding.kind, finding.tenant, finding.tokenTenant, finding.identityProvider]);
    let story = stories.get(key);
    if (story === undefined && size < MAX_TALLIES) {
      story = { details: new Map(), rest: null };
      stories.set(key, story);
    }
    if (story === undefined) return within(kinds, finding.kind);
    const policy = finding.kind === "rate_limit_exceeded" ? finding.detail : null;
    const place = [found?.clientIp ?? null, found?.route ?? null, found?.code ?? null];
    const detail = JSON.stringify([finding.subject, finding.issuer, ...place, policy]);
    if (story.details.has(detail) || (story.details.size < MAX_DETAILS && size < MAX_TALLIES)) return within(story.details, detail);
    const isFirst = story.rest === null;
    story.rest ??= open();
    return { tally: story.rest, isFirst };
  };
  const within = (tallies: Map<string, Tally>, key: string): { tally: Tally; isFirst: boolean } => {
    const known = tallies.get(key);
    if (known !== undefined) return { tally: known, isFirst: false };
    const fresh = open();
    tallies.set(key, fresh);
    return { tally: fresh, isFirst: true };
  };

  /** @returns whether the tally is over: nothing came in its last interval */
  const settle = (tally: Tally, now: number): boolean => {
    if (now < tally.endsAt) return false;
    const { waiting } = tally;
    if (waiting === null) {
      size -= 1;
      return true;
    }
    tally.waiting = null;
    tally.endsAt = now + INTERVAL_MS;
    report({ ...waiting.event, count: waiting.count }, waiting.lastAtMs);
    return false;
  };
  const settleAll = (now: number): void => {
    for (const [key, story] of stories) {
      for (const [detail, tally] of story.details) if (settle(tally, now)) story.details.delete(detail);
      if (story.rest !== null && settle(story.rest, now)) story.rest = null;
      if (story.details.size === 0 && story.rest === null) stories.delete(key);
    }
    for (const [kind, tally] of kinds) if (settle(tally, now)) kinds.delete(kind);
  };

  const timer = setInterval(() => settleAll(clock.monotonic()), INTERVAL_MS / 10);
  timer.unref();

  return {
    add(finding, found) {
      const { tally, isFirst } = tallyFor(finding, found);
      if (isFirst) report(findingEvent(finding, found), clock.now());
      else {
        tally.waiting ??= { event: findingEvent(finding, found), count: 0, lastAtMs: 0 };
        tally.waiting.count += finding.count ?? 1;
        tally.waiting.lastAtMs = clock.now();
      }
    },
    sendDue: () => settleAll(clock.monotonic()),
    get size() {
      return size;
    },
    close() {
      clearInterval(timer);
      settleAll(Number.POSITIVE_INFINITY);
    },
  };
}
