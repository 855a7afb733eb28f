import { createHash } from "node:crypto";
import { type KeySet, type KeySource, type KeysUnavailable, type SecurityFinding, SlotMap } from "@sallyport/pipeline";
import type { SeedKeysSection } from "@sallyport/snapshot";
import type { JwksState } from "@sallyport/snapshot/protocol";
import { elapsedMs, type IdpClock } from "../clock.js";
import type { IdpHttp } from "../http/idp-http.js";
import { createDocumentStore, type DocumentStore } from "./document-store.js";
import type { ImportKeys } from "./documents.js";
import { createKeyFindings } from "./findings.js";
import { conditionOf, createIdpKeys, drop, fingerprintOf, type IdpKeys, type KeyedIdp, stateOf, usableForMs } from "./idp-keys.js";
import { createLane } from "./lane.js";
import { discoveryUrlFor, REFRESH_FROM, type RefreshContext, refreshKeys } from "./refresh.js";
import type { KeySettings } from "./remote-document.js";
import { createRetention, type RetainedSnapshot } from "./retention.js";
import { createSeeds } from "./seeds.js";
import { createUnknownKidFloods } from "./unknown-kid-floods.js";

const REFRESHER_MS = 60_000;
/** An IdP without a request for this long is not refreshed until it has one. */
const IN_USE_MS = 600_000;
/** Refreshes in the background: so many at once, and between two starts so long, ms, unless the crowd would not have begun in this share of the TTL. */
const BACKGROUND_FETCHES = 16;
const BACKGROUND_GAP_MS = 6;
const BACKGROUND_WITHIN = 0.2;

export interface KeySourceOptions {
  readonly http: IdpHttp;
  readonly importKeys: ImportKeys;
  readonly clock: IdpClock;
  /** Read whenever it matters: an applied revision can change it. */
  readonly settings: () => KeySettings;
  /** Shared with whoever else reads documents of these IdPs; one of its own when left out. */
  readonly documents?: DocumentStore;
  /** Trouble with keys, once per IdP and run of trouble; floods of unknown `kid`s, once per IdP and cool-down. */
  readonly onEvent: (finding: SecurityFinding) => void;
  /** Calls back every `ms` until the function that it returns is called; the process may end meanwhile. */
  readonly setTimer?: (callback: () => void, ms: number) => () => void;
}

/** The JWKS cache of a node (BEHAVIOUR 3a). */
export interface CachingKeySource extends KeySource {
  current(idp: KeyedIdp): KeySet | null;
  load(idp: KeyedIdp): Promise<KeySet | KeysUnavailable>;
  refreshForUnknownKid(idp: KeyedIdp): Promise<KeySet | KeysUnavailable> | null;
  refusedUnknownKid(idp: KeyedIdp, token: string): void;
  /** For the heartbeat: IdPs that this node has had to do with, those in trouble first. @param most how many of them; all when left out */
  states(most?: number): JwksState[];
  /** The same of these alone (`<tenant>/<name>`). */
  statesOf(ids: ReadonlySet<string>): JwksState[];
  /**
   * Forgets an IdP's keys now, answers under way included; the next use fetches, whatever the back-off.
   * @param id `<tenant>/<name>`
   * @param atMs seeds that were fetched up to then are forgotten as well, by the clock that stands in them
   */
  purge(id: string, atMs: number): void;
  /** Keys that a snapshot brings for IdPs that cannot be reached. They never replace fetched ones, and age like them. */
  seed(keys: SeedKeysSection["keys"]): void;
  /** Drops what the snapshot no longer names. Each that is applied is told of: where one says what it changes, only that is looked at. */
  retain(compiled: RetainedSnapshot): void;
  /** Ends all timers, and reports what is still being counted. */
  close(): void;
}

/** Nothing to fetch, and nothing to report: it is not for want of an answer. */
const isKeyless = ({ spec }: KeyedIdp): boolean => spec.keys.kind === "none";

const repeat = (callback: () => void, ms: number): (() => void) => {
  const timer = setInterval(callback, ms);
  timer.unref();
  return () => clearInterval(timer);
};

export function createKeySource(options: KeySourceOptions): CachingKeySource {
  const { clock, settings } = options;
  const documents = options.documents ?? createDocumentStore(options);
  const findings = createKeyFindings(options.onEvent);
  const seeds = createSeeds(options.importKeys);
  const setTimer = options.setTimer ?? repeat;
  const floods = createUnknownKidFloods({ clock, cooldownMs: () => settings().cooldownSeconds * 1_000, onEvent: options.onEvent, setTimer });
  const byFingerprint = new Map<string, { keys: IdpKeys; idp: KeyedIdp }>();
  const byIdp = new SlotMap<IdpKeys>();
  let generation = 0;
  let closed = false;

  let knownTtlMs = Number.NaN;
  /** Of the revision that runs; with another one, whatever was thought to be unchanged is looked at again. */
  const ttlMs = (): number => {
    const ttl = settings().ttlSeconds * 1_000;
    if (ttl !== knownTtlMs) {
      knownTtlMs = ttl;
      for (const { keys } of byFingerprint.values()) keys.unchangedUntil = Number.NEGATIVE_INFINITY;
    }
    return ttl;
  };
  const lane = createLane({ width: BACKGROUND_FETCHES, gapMs: BACKGROUND_GAP_MS, withinMs: () => ttlMs() * BACKGROUND_WITHIN });

  const nameOf = (idp: KeyedIdp): string =>
    createHash("sha256")
      .update(`${idp.id}\n${fingerprintOf(idp)}`)
      .digest("base64url");
  const keysOf = (idp: KeyedIdp): IdpKeys => {
    const known = byIdp.get(idp);
    if (known !== undefined && !known.dropped) return known;
    const fingerprint = nameOf(idp);
    let entry = byFingerprint.get(fingerprint);
    if (entry === undefined) {
      entry = { keys: createIdpKeys(idp, fingerprint), idp };
      byFingerprint.set(fingerprint, entry);
    }
    entry.idp = idp;
    entry.keys.staleMaxAgeMs = idp.staleKeysMaxAgeMs;
    byIdp.set(idp, entry.keys);
    return entry.keys;
  };

  const replaceSet = (keys: IdpKeys, idp: KeyedIdp, all: KeySet["keys"]) => {
    generation += 1;
    // Keys that can verify none of the IdP's algorithms stay out, even when none is left: the provider has withdrawn the others.
    const isOf = (key: KeySet["keys"][number]): boolean => key.algorithms.some((algorithm) => idp.algorithms.has(algorithm));
    keys.set = { keys: all.every(isOf) ? all : all.filter(isOf), generation };
  };

  /** Takes over what the shared document holds, when it is newer than what is here. */
  const adopt = (keys: IdpKeys, idp: KeyedIdp) => {
    const held = keys.document?.held ?? null;
    // The very fetch: asked for each request.
    if (held === null || held === keys.source) return;
    if (keys.source === null || keys.source.value.digest !== held.value.digest || keys.set === null) replaceSet(keys, idp, held.value.keys);
    keys.source = held;
    keys.fetchedAt = held.fetchedAt;
    keys.fetchedAtWall = held.fetchedAtWall;
    keys.error = null;
    keys.notBefore = Number.NEGATIVE_INFINITY;
    findings.recovered(keys);
    findings.skipped(keys, held.value.skipped);
  };

  const adoptSeed = (keys: IdpKeys, idp: KeyedIdp, now: number) => {
    const seed = seeds.of(keys.id);
    if (seed === null) return;
    replaceSet(keys, idp, seed.keys);
    keys.fetchedAtWall = seed.fetchedAt;
    keys.fetchedAt = now - Math.max(0, clock.now() - seed.fetchedAt);
  };

  const context: RefreshContext = { documents, clock, settings, findings, adopt };
  const refresh = (keys: IdpKeys, idp: KeyedIdp, force: boolean): Promise<void> => {
    if (keys.refreshing !== null) return keys.refreshing;
    const run: Promise<void> = refreshKeys(context, keys, idp, { force }).finally(() => {
      if (keys.refreshing === run) keys.refreshing = null;
    });
    keys.refreshing = run;
    return run;
  };
  const refreshInBackground = (keys: IdpKeys, idp: KeyedIdp) => {
    if (keys.refreshing !== null || keys.queued || closed) return;
    keys.queued = true;
    lane.run(() => {
      keys.queued = false;
      return refresh(keys, idp, false);
    });
  };
  const isDue = (keys: IdpKeys, now: number, ttl: number) => now - keys.fetchedAt >= ttl * REFRESH_FROM && now >= keys.notBefore;

  /** @param settle take stale keys although no refresh has failed yet; false while one could still bring fresh ones */
  const usable = (keys: IdpKeys, idp: KeyedIdp, settle: boolean): KeySet | null => {
    const now = elapsedMs(clock);
    keys.lastUsed = now;
    adopt(keys, idp);
    if (keys.set === null) adoptSeed(keys, idp, now);
    if (keys.set === null) return null;
    const ttl = ttlMs();
    const age = now - keys.fetchedAt;
    if (age >= usableForMs(keys, ttl)) {
      if (keys.error !== null) findings.expired(keys);
      return null;
    }
    if (age < ttl) return keys.set;
    if (keys.error === null && !settle) return null;
    findings.staleInUse(keys, age);
    return keys.set;
  };
  const afterRefresh = (keys: IdpKeys, idp: KeyedIdp): KeySet | KeysUnavailable =>
    usable(keys, idp, true) ?? { unavailable: keys.error ?? `no keys of ${keys.id} yet` };

  const stopTimer = setTimer(() => {
    retention.sweep();
    const now = elapsedMs(clock);
    const ttl = ttlMs();
    for (const { keys, idp } of byFingerprint.values()) {
      if (keys.used) keys.lastUsed = now;
      keys.used = false;
      if (now - keys.lastUsed < Math.max(IN_USE_MS, ttl) && isDue(keys, now, ttl)) refreshInBackground(keys, idp);
    }
  }, REFRESHER_MS);

  const retention = createRetention({
    ...{ byFingerprint, nameOf, keysOf },
    known: (idp) => byIdp.get(idp),
    dropUnused: () => documents.dropUnused(),
  });
  const documentsInUse = (): Set<string> => {
    const urls = new Set<string>();
    for (const { keys, idp } of byFingerprint.values()) {
      const discovery = discoveryUrlFor(idp);
      if (discovery !== null) urls.add(discovery);
      if (keys.document !== null) urls.add(keys.document.url);
    }
    return urls;
  };
  documents.addUser(documentsInUse);

  const load = async (idp: KeyedIdp): Promise<KeySet | KeysUnavailable> => {
    if (isKeyless(idp)) return { unavailable: `${idp.id} has no keys by its configuration` };
    const keys = keysOf(idp);
    const set = usable(keys, idp, false);
    if (set !== null) return set;
    if (elapsedMs(clock) >= keys.notBefore) await refresh(keys, idp, false);
    return keysOf(idp) === keys ? afterRefresh(keys, idp) : load(idp);
  };

  return {
    load,
    current(idp) {
      const ttl = ttlMs();
      const known = byIdp.get(idp);
      if (known !== undefined && elapsedMs(clock) < known.unchangedUntil) {
        known.used = true;
        return known.set;
      }
      if (isKeyless(idp)) return null;
      const keys = keysOf(idp);
      const set = usable(keys, idp, false);
      if (set === null) return null;
      const refreshFrom = keys.fetchedAt + ttl * REFRESH_FROM;
      if (keys.lastUsed < refreshFrom) keys.unchangedUntil = refreshFrom;
      else if (isDue(keys, keys.lastUsed, ttl)) refreshInBackground(keys, idp);
      return set;
    },
    refreshForUnknownKid(idp) {
      if (isKeyless(idp)) return null;
      const keys = keysOf(idp);
      const { document } = keys;
      if (keys.refreshing === null && elapsedMs(clock) < keys.notBefore) return null;
      // Who joins a fetch that is under way has had its turn with it.
      const isTurn = document === null || document.takeUnknownKidTurn();
      if (!isTurn && keys.refreshing === null && !document.isFetching()) return null;
      return refresh(keys, idp, true).then(() => afterRefresh(keys, idp));
    },
    refusedUnknownKid(idp, token) {
      floods.refused(keysOf(idp), token);
    },
    states(most = Number.POSITIVE_INFINITY) {
      const [now, ttl] = [elapsedMs(clock), ttlMs()];
      const troubled: IdpKeys[] = [];
      const well: IdpKeys[] = [];
      for (const { keys } of byFingerprint.values()) {
        const condition = conditionOf(keys, now, ttl);
        const list = condition === "fresh" || condition === "unused" ? well : troubled;
        if (list.length < most) list.push(keys);
      }
      return [...troubled, ...well].slice(0, most).map((keys) => stateOf(keys, now, ttl));
    },
    statesOf(ids) {
      if (ids.size === 0) return [];
      const [now, ttl] = [elapsedMs(clock), ttlMs()];
      return [...byFingerprint.values()].filter(({ keys }) => ids.has(keys.id)).map(({ keys }) => stateOf(keys, now, ttl));
    },
    purge(id, atMs) {
      seeds.forget(id, atMs);
      for (const [fingerprint, { keys, idp }] of byFingerprint) {
        if (keys.id !== id) continue;
        const discovery = discoveryUrlFor(idp);
        if (discovery !== null) documents.discovery(discovery).invalidate();
        keys.document?.invalidate();
        drop(keys);
        byFingerprint.delete(fingerprint);
      }
    },
    seed(next) {
      seeds.replace(next);
    },
    retain: retention.retain,
    close() {
      closed = true;
      stopTimer();
      floods.close();
    },
  };
}
