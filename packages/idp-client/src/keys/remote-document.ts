import { elapsedMs, type IdpClock } from "../clock.js";
import type { IdpHttp } from "../http/idp-http.js";
import type { Parsed } from "./documents.js";

export interface KeySettings {
  /** Age at which keys are no longer fresh. */
  readonly ttlSeconds: number;
  /** Least time between two refreshes for unknown `kid`s, and first step of the back-off. */
  readonly cooldownSeconds: number;
  readonly fetchTimeoutMs: number;
}

/** The back-off doubles from the cool-down up to this many cool-downs. */
const MAX_BACKOFF_FACTOR = 4;
/** With too many calls waiting, nothing is known of the IdP: look again soon. */
const BUSY_RETRY_MS = 1_000;

export interface Held<T> {
  readonly value: T;
  /** When its fetch began: monotonic and wall, ms. */
  readonly fetchedAt: number;
  readonly fetchedAtWall: number;
  /** Rises with each fetch of this URL. */
  readonly version: number;
}

type RefreshOutcome<T> =
  | { readonly ok: true; readonly held: Held<T> }
  /** `busy`: our own queue was full; says nothing about the IdP. */
  | { readonly ok: false; readonly busy: boolean; readonly detail: string };

/** Somebody who remembers what a document held. */
export interface DocumentReader {
  /** Until then, monotonic ms, what is remembered need not be compared; put back when the document changes. */
  unchangedUntil: number;
}

/** One URL at one node: whoever shares it, there is one copy, one fetch at a time and one back-off. */
export interface RemoteDocument<T> {
  readonly url: string;
  readonly held: Held<T> | null;
  readonly readers: Set<DocumentReader>;
  /** Monotonic ms before which no fetch is started, because the last ones failed. */
  notBefore(): number;
  isFetching(): boolean;
  /** Fetches, or joins the fetch under way; during back-off gives the last failure again without a fetch. */
  refresh(tenant: string): Promise<RefreshOutcome<T>>;
  /** True once per cool-down: this caller may refresh for an unknown `kid`. */
  takeUnknownKidTurn(): boolean;
  /** Forgets the copy, and the answer of any fetch that began before now. */
  invalidate(): void;
}

export function createRemoteDocument<T>(options: {
  url: string;
  http: IdpHttp;
  clock: IdpClock;
  settings: () => KeySettings;
  parse: (json: unknown, previous: T | null) => Parsed<T>;
}): RemoteDocument<T> {
  const { url, http, clock, settings } = options;
  let latest = 0;
  let valid = 1;
  let underWay: { readonly version: number; readonly outcome: Promise<RefreshOutcome<T>> } | null = null;
  let failures = 0;
  let notBefore = Number.NEGATIVE_INFINITY;
  let lastFailure: RefreshOutcome<T> | null = null;
  let unknownKidAt = Number.NEGATIVE_INFINITY;

  const failed = (detail: string): RefreshOutcome<T> => {
    failures += 1;
    const factor = Math.min(2 ** (failures - 1), MAX_BACKOFF_FACTOR);
    notBefore = elapsedMs(clock) + settings().cooldownSeconds * 1_000 * factor;
    lastFailure = { ok: false, busy: false, detail };
    return lastFailure;
  };

  const replace = (held: Held<T> | null): void => {
    document.held = held;
    for (const reader of document.readers) reader.unchangedUntil = Number.NEGATIVE_INFINITY;
  };

  /** A fault of ours in reading a document is one more reason to keep what is held. */
  const read = (json: unknown): Parsed<T> => {
    try {
      return options.parse(json, document.held?.value ?? null);
    } catch (error) {
      return { ok: false, detail: `fault in reading the document: ${error instanceof Error ? error.message : String(error)}` };
    }
  };

  const fetchOnce = async (version: number, tenant: string): Promise<RefreshOutcome<T>> => {
    const fetchedAt = elapsedMs(clock);
    const fetchedAtWall = clock.now();
    const answer = await http.getJson(url, { timeoutMs: settings().fetchTimeoutMs, tenant });
    // A slower, older answer never overwrites a newer one, nor comes back after an invalidation.
    if (version < valid || version !== latest) return { ok: false, busy: true, detail: "superseded by a newer fetch" };
    if (!answer.ok && (answer.reason === "busy" || answer.reason === "closed")) {
      notBefore = elapsedMs(clock) + BUSY_RETRY_MS;
      lastFailure = { ok: false, busy: true, detail: answer.detail };
      return lastFailure;
    }
    if (!answer.ok) return failed(`${url}: ${answer.detail}`);
    const parsed = read(answer.json);
    if (!parsed.ok) return failed(`${url}: ${parsed.detail}`);
    const held = { value: parsed.value, fetchedAt, fetchedAtWall, version };
    replace(held);
    failures = 0;
    notBefore = Number.NEGATIVE_INFINITY;
    lastFailure = null;
    return { ok: true, held };
  };

  const document: { -readonly [K in keyof RemoteDocument<T>]: RemoteDocument<T>[K] } = {
    url,
    held: null,
    readers: new Set(),
    notBefore: () => notBefore,
    isFetching: () => underWay !== null,
    refresh(tenant) {
      if (underWay !== null) return underWay.outcome;
      if (elapsedMs(clock) < notBefore && lastFailure !== null) return Promise.resolve(lastFailure);
      latest += 1;
      const version = latest;
      const outcome = fetchOnce(version, tenant).finally(() => {
        if (underWay?.version === version) underWay = null;
      });
      underWay = { version, outcome };
      return outcome;
    },
    takeUnknownKidTurn() {
      const now = elapsedMs(clock);
      if (now < notBefore || now < unknownKidAt + settings().cooldownSeconds * 1_000) return false;
      unknownKidAt = now;
      return true;
    },
    invalidate() {
      valid = latest + 1;
      replace(null);
      underWay = null;
      failures = 0;
      notBefore = Number.NEGATIVE_INFINITY;
      lastFailure = null;
      unknownKidAt = Number.NEGATIVE_INFINITY;
    },
  };
  return document;
}
