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
  addReader(reader: DocumentReader): void;
  removeReader(reader: DocumentReader): void;
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

interface RemoteDocumentOptions<T> {
  readonly url: string;
  readonly http: IdpHttp;
  readonly clock: IdpClock;
  readonly settings: () => KeySettings;
  readonly parse: (json: unknown, previous: T | null) => Parsed<T>;
}

export const createRemoteDocument = <T>(options: RemoteDocumentOptions<T>): RemoteDocument<T> => new Document(options);

/** A class, because a node has ten thousand of them: functions of their own for each would take more memory than what they hold. */
class Document<T> implements RemoteDocument<T> {
  readonly #options: RemoteDocumentOptions<T>;
  /** Almost always one, and then it stands here by itself. */
  #readers: DocumentReader | Set<DocumentReader> | null = null;
  held: Held<T> | null = null;
  #latest = 0;
  #valid = 1;
  #underWay: { readonly version: number; readonly outcome: Promise<RefreshOutcome<T>> } | null = null;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #lastFailure: RefreshOutcome<T> | null = null;
  #unknownKidAt = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteDocumentOptions<T>) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  addReader(reader: DocumentReader): void {
    if (this.#readers === null) this.#readers = reader;
    else if (this.#readers instanceof Set) this.#readers.add(reader);
    else this.#readers = new Set([this.#readers, reader]);
  }

  removeReader(reader: DocumentReader): void {
    if (this.#readers instanceof Set) this.#readers.delete(reader);
    else if (this.#readers === reader) this.#readers = null;
  }

  notBefore(): number {
    return this.#notBefore;
  }

  isFetching(): boolean {
    return this.#underWay !== null;
  }

  refresh(tenant: string): Promise<RefreshOutcome<T>> {
    if (this.#underWay !== null) return this.#underWay.outcome;
    if (elapsedMs(this.#options.clock) < this.#notBefore && this.#lastFailure !== null) return Promise.resolve(this.#lastFailure);
    this.#latest += 1;
    const version = this.#latest;
    const outcome = this.#fetchOnce(version, tenant).finally(() => {
      if (this.#underWay?.version === version) this.#underWay = null;
    });
    this.#underWay = { version, outcome };
    return outcome;
  }

  takeUnknownKidTurn(): boolean {
    const now = elapsedMs(this.#options.clock);
    if (now < this.#notBefore || now < this.#unknownKidAt + this.#options.settings().cooldownSeconds * 1_000) return false;
    this.#unknownKidAt = now;
    return true;
  }

  invalidate(): void {
    this.#valid = this.#latest + 1;
    this.#replace(null);
    this.#underWay = null;
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.#lastFailure = null;
    this.#unknownKidAt = Number.NEGATIVE_INFINITY;
  }

  async #fetchOnce(version: number, tenant: string): Promise<RefreshOutcome<T>> {
    const { url, http, clock, settings } = this.#options;
    const fetchedAt = elapsedMs(clock);
    const fetchedAtWall = clock.now();
    const answer = await http.getJson(url, { timeoutMs: settings().fetchTimeoutMs, tenant });
    // A slower, older answer never overwrites a newer one, nor comes back after an invalidation.
    if (version < this.#valid || version !== this.#latest) return { ok: false, busy: true, detail: "superseded by a newer fetch" };
    if (!answer.ok && (answer.reason === "busy" || answer.reason === "closed")) {
      this.#notBefore = elapsedMs(clock) + BUSY_RETRY_MS;
      this.#lastFailure = { ok: false, busy: true, detail: answer.detail };
      return this.#lastFailure;
    }
    if (!answer.ok) return this.#failed(`${url}: ${answer.detail}`);
    const parsed = this.#read(answer.json);
    if (!parsed.ok) return this.#failed(`${url}: ${parsed.detail}`);
    const held = { value: parsed.value, fetchedAt, fetchedAtWall, version };
    this.#replace(held);
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.#lastFailure = null;
    return { ok: true, held };
  }

  #failed(detail: string): RefreshOutcome<T> {
    const { clock, settings } = this.#options;
    this.#failures += 1;
    const factor = Math.min(2 ** (this.#failures - 1), MAX_BACKOFF_FACTOR);
    this.#notBefore = elapsedMs(clock) + settings().cooldownSeconds * 1_000 * factor;
    this.#lastFailure = { ok: false, busy: false, detail };
    return this.#lastFailure;
  }

  #replace(held: Held<T> | null): void {
    this.held = held;
    const readers = this.#readers;
    if (readers === null) return;
    if (!(readers instanceof Set)) readers.unchangedUntil = Number.NEGATIVE_INFINITY;
    else for (const reader of readers) reader.unchangedUntil = Number.NEGATIVE_INFINITY;
  }

  /** A fault of ours in reading a document is one more reason to keep what is held. */
  #read(json: unknown): Parsed<T> {
    try {
      return this.#options.parse(json, this.held?.value ?? null);
    } catch (error) {
      return { ok: false, detail: `fault in reading the document: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
}
