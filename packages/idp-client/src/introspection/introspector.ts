import { setTimeout as wait } from "node:timers/promises";
import type { ActiveToken, Introspected, SecurityFinding, TokenIntrospector } from "@sallyport/pipeline";
import { elapsedMs, type IdpClock } from "../clock.js";
import type { IdpHttp } from "../http/idp-http.js";
import type { DocumentStore } from "../keys/document-store.js";
import type { KeySettings } from "../keys/remote-document.js";
import { createAnswerStore, type KeptAnswer } from "./answer-store.js";
import { type AskedIdp, fingerprintOf, type IntrospectionState, stateOf } from "./asked-idp.js";
import { type BreakerSettings, createBreaker } from "./breaker.js";
import { CALL_RESULTS, type CallResult, callEndpoint } from "./call-endpoint.js";
import { createClientProver, type SecretOf } from "./client-authentication.js";
import { createIntrospectionFindings } from "./introspection-findings.js";
import { discoveryFor, type IntrospectedIdp, locateEndpoint } from "./locate-endpoint.js";
import type { Answer } from "./read-answer.js";

const MAX_KEPT_BYTES = 33_554_432;
/** Tokens that are asked about at one time: more are refused, not queued. */
const MAX_ASKING = 4_096;
const MAX_ASKING_PER_IDP = 1_024;

export interface IntrospectorOptions {
  readonly http: IdpHttp;
  /** Discovery documents, shared with the key source. */
  readonly documents: DocumentStore;
  readonly clock: IdpClock;
  readonly secrets: SecretOf;
  /** Read whenever it matters: an applied revision can change it. */
  readonly settings: () => { readonly introspectionBreaker: BreakerSettings; readonly jwks: KeySettings };
  /** Trouble with asking, once per IdP and run of trouble. */
  readonly onEvent: (finding: SecurityFinding) => void;
  /** For all answers together, estimated; 32 MiB when left out. */
  readonly maxAnswerBytes?: number;
  /** Resolves after `ms`; a timer when left out. */
  readonly pause?: (ms: number) => Promise<void>;
  /** 0 up to 1, for the jitter between tries. */
  readonly random?: () => number;
}

export interface IntrospectionCounts {
  /** Calls by how they ended; `busy`, `breaker_open`, `no_endpoint` and `no_credentials` are questions that led to no call. */
  readonly calls: Readonly<Record<CallResult, number>>;
  /** Questions that an answer in memory settled. */
  readonly fromMemory: number;
  /** Questions that waited for somebody else's call. */
  readonly shared: number;
  /** What the kept answers take in memory, estimated. */
  readonly answerBytes: number;
}

/** Token introspection of a node (BEHAVIOUR 3b): a cache of answers, one question at a time for a token, a breaker for each endpoint. */
export interface CachingIntrospector extends TokenIntrospector {
  introspect(idp: IntrospectedIdp, digest: string, token: string): Introspected | Promise<Introspected>;
  /** Forgets answers and the breaker of an IdP, now; what is under way is not kept. @param id `<tenant>/<name>` */
  purge(id: string): void;
  /** Drops what the snapshot no longer has in this form. */
  retain(compiled: {
    readonly tenants: ReadonlyMap<string, { readonly identityProviders: Pick<ReadonlyMap<string, IntrospectedIdp>, "get"> }>;
  }): void;
  /** Each IdP that this node has been asking. */
  states(): IntrospectionState[];
  counts(): IntrospectionCounts;
  /** From now on nothing is asked. */
  close(): void;
}

export function createIntrospector(options: IntrospectorOptions): CachingIntrospector {
  const { http, documents, clock, settings } = options;
  const pause = options.pause ?? ((ms: number) => wait(ms, undefined, { ref: false }));
  const random = options.random ?? Math.random;
  const store = createAnswerStore({ maxBytes: options.maxAnswerBytes ?? MAX_KEPT_BYTES });
  const byFingerprint = new Map<string, AskedIdp>();
  const byIdp = new WeakMap<IntrospectedIdp, AskedIdp>();
  const fingerprints = new WeakMap<IntrospectedIdp, string>();
  const calls = Object.fromEntries(CALL_RESULTS.map((result) => [result, 0])) as Record<CallResult, number>;
  const locating = { documents, clock, settings: () => settings().jwks };
  let fromMemory = 0;
  let shared = 0;
  let asking = 0;
  let closed = false;

  const count = (result: CallResult) => {
    calls[result] += 1;
  };
  const fingerprint = (idp: IntrospectedIdp): string => {
    const known = fingerprints.get(idp) ?? fingerprintOf(idp);
    fingerprints.set(idp, known);
    return known;
  };

  documents.addUser(() => [...byFingerprint.values()].flatMap(({ idp }) => discoveryFor(idp) ?? []));

  const askedOf = (idp: IntrospectedIdp): AskedIdp => {
    const bound = byIdp.get(idp);
    if (bound !== undefined && !bound.dropped) return bound;
    const key = fingerprint(idp);
    let asked = byFingerprint.get(key);
    if (asked === undefined) {
      const findings = createIntrospectionFindings(idp, options.onEvent);
      const made: AskedIdp = {
        id: idp.id,
        tenant: idp.tenant,
        name: idp.name,
        fingerprint: key,
        idp,
        shelf: store.openShelf(),
        breaker: createBreaker({
          clock,
          settings: () => settings().introspectionBreaker,
          onOpen: () => findings.breakerOpened(made.error?.detail ?? "several calls in a row failed"),
        }),
        prover: createClientProver(options.secrets),
        findings,
        asking: new Map(),
        error: null,
        dropped: false,
      };
      asked = made;
      byFingerprint.set(key, asked);
    }
    asked.idp = idp;
    byIdp.set(idp, asked);
    return asked;
  };

  const drop = (asked: AskedIdp) => {
    asked.dropped = true;
    asked.shelf.close();
    byFingerprint.delete(asked.fingerprint);
  };

  /** What was known before, while it may still serve as a fallback. An answer past that is let go. */
  const lastOf = (asked: AskedIdp, digest: string): ActiveToken | null => {
    const kept = asked.shelf.get(digest);
    if (kept === undefined || kept.state === "inactive") return null;
    if (elapsedMs(clock) - kept.askedAt <= asked.idp.cachedAnswersMaxAgeMs) return kept.token;
    asked.shelf.drop(digest);
    return null;
  };
  const unavailable = (asked: AskedIdp, digest: string, reason: string, away: boolean): Introspected => ({
    ...{ state: "unavailable", reason, away },
    last: lastOf(asked, digest),
  });

  const isFresh = (kept: KeptAnswer): boolean => elapsedMs(clock) < kept.freshUntil && (kept.state === "inactive" || clock.now() < kept.endsAt);
  const statement = (kept: KeptAnswer): Introspected => (kept.state === "active" ? { state: "active", token: kept.token } : { state: "inactive" });

  const keep = (asked: AskedIdp, digest: string, answer: Answer, asOf: { askedAt: number; askedAtMs: number }): Introspected => {
    const cacheMs = (asked.idp.spec.introspection?.cacheSeconds ?? 0) * 1_000;
    const times = { askedAt: asOf.askedAt, freshUntil: asOf.askedAt + cacheMs };
    if (answer.state === "inactive") {
      const kept: KeptAnswer = { state: "inactive", ...times };
      // Whatever was known before is refuted, also where this answer itself is not kept.
      if (cacheMs > 0) asked.shelf.put(digest, kept);
      else asked.shelf.drop(digest);
      return statement(kept);
    }
    const { claims, weight } = answer;
    const exp = Object.hasOwn(claims, "exp") ? claims.exp : undefined;
    const token: ActiveToken = { claims, askedAtMs: asOf.askedAtMs, verified: null };
    const endsAt = typeof exp === "number" ? exp * 1_000 : Number.POSITIVE_INFINITY;
    const kept: KeptAnswer = { state: "active", token, ...times, endsAt, weight };
    if (cacheMs > 0 || asked.idp.cachedAnswersMaxAgeMs > 0) asked.shelf.put(digest, kept);
    return statement(kept);
  };

  /** An open breaker knows what opened it. */
  const leftAlone = (asked: AskedIdp, digest: string, detail: string): Introspected =>
    unavailable(asked, digest, asked.error?.detail ?? detail, asked.error?.away ?? false);

  const ask = async (asked: AskedIdp, digest: string, token: string): Promise<Introspected> => {
    const { idp } = asked;
    const failed = (detail: string, away: boolean) => {
      asked.error = { detail, at: elapsedMs(clock), away };
      asked.findings.failed(detail);
      return unavailable(asked, digest, detail, away);
    };
    const introspection = idp.spec.introspection;
    if (introspection === null) return failed(`${idp.id} is not asked about tokens by its configuration`, false);
    const located = await locateEndpoint(locating, idp);
    if ("failure" in located) {
      count("no_endpoint");
      return failed(located.failure, located.away);
    }
    let asOf = { askedAt: elapsedMs(clock), askedAtMs: clock.now() };
    const call = { url: located.url, token, tenant: idp.tenant, issuer: idp.issuer, settings: introspection, prover: asked.prover };
    const ended = await callEndpoint(http, call, {
      now: () => clock.now(),
      random,
      pause,
      enter() {
        // The answer is as old as the beginning of its own try.
        asOf = { askedAt: elapsedMs(clock), askedAtMs: clock.now() };
        return closed ? null : asked.breaker.enter();
      },
      counted: count,
    });
    if (!ended.ok) {
      if (ended.result === "busy") return unavailable(asked, digest, ended.detail, false);
      return ended.result === "breaker_open" ? leftAlone(asked, digest, ended.detail) : failed(ended.detail, ended.away);
    }
    asked.error = null;
    asked.findings.recovered();
    return keep(asked, digest, ended.answer, asOf);
  };

  const askOnce = (asked: AskedIdp, digest: string, token: string): Introspected | Promise<Introspected> => {
    const underWay = asked.asking.get(digest);
    if (underWay !== undefined) {
      shared += 1;
      return underWay;
    }
    if (closed) return unavailable(asked, digest, "this node is stopping", false);
    if (asking >= MAX_ASKING || asked.asking.size >= MAX_ASKING_PER_IDP) {
      count("busy");
      return unavailable(asked, digest, "too many tokens are being asked about", false);
    }
    if (asked.breaker.state === "open") {
      count("breaker_open");
      return leftAlone(asked, digest, "the endpoint is left alone after several failures");
    }
    asking += 1;
    const question = ask(asked, digest, token)
      .catch(() => unavailable(asked, digest, "fault in asking the identity provider", false))
      .finally(() => {
        asking -= 1;
        asked.asking.delete(digest);
      });
    asked.asking.set(digest, question);
    return question;
  };

  return {
    introspect(idp, digest, token) {
      const asked = askedOf(idp);
      const kept = asked.shelf.get(digest);
      if (kept !== undefined && isFresh(kept)) {
        fromMemory += 1;
        return statement(kept);
      }
      return askOnce(asked, digest, token);
    },
    purge(id) {
      for (const asked of byFingerprint.values()) if (asked.id === id) drop(asked);
    },
    retain(compiled) {
      const before = byFingerprint.size;
      for (const asked of byFingerprint.values()) {
        const idp = compiled.tenants.get(asked.tenant)?.identityProviders.get(asked.name);
        if (idp === undefined || fingerprint(idp) !== asked.fingerprint) {
          drop(asked);
          continue;
        }
        // Routes may allow another age now.
        asked.idp = idp;
      }
      if (byFingerprint.size < before) documents.dropUnused();
    },
    states: () => [...byFingerprint.values()].map((asked) => stateOf(asked, elapsedMs(clock))),
    counts: () => ({ calls: { ...calls }, fromMemory, shared, answerBytes: store.bytes }),
    close() {
      closed = true;
    },
  };
}
