import { elapsedMs, type IdpClock } from "../clock.js";
import type { DocumentStore } from "./document-store.js";
import { discoveryUrlOf, type ImportedKeys } from "./documents.js";
import type { KeyFindings } from "./findings.js";
import { type IdpKeys, type KeyedIdp, readFrom } from "./idp-keys.js";
import type { Held, KeySettings, RemoteDocument } from "./remote-document.js";

/** Share of the TTL from which keys are refreshed in the background, and up to which a copy that others fetched is taken as it is. */
export const REFRESH_FROM = 0.75;

export interface RefreshContext {
  readonly documents: DocumentStore;
  readonly clock: IdpClock;
  readonly settings: () => KeySettings;
  readonly findings: KeyFindings;
  /** Takes over what the document holds, when it is newer than what is here. */
  adopt(keys: IdpKeys, idp: KeyedIdp): void;
}

type Located = { readonly document: RemoteDocument<ImportedKeys> } | { readonly failure: string; readonly busy: boolean; readonly notBefore: number };

/** Where the IdP's discovery document stands; null for keys at a fixed address. */
export function discoveryUrlFor(idp: Pick<KeyedIdp, "issuer" | "spec">): string | null {
  const source = idp.spec.keys;
  return source.kind === "discovery" ? (source.url ?? discoveryUrlOf(idp.issuer)) : null;
}

export interface RefreshOptions {
  /** Fetch even when a copy is fresh: a `kid` was seen that it does not have. */
  readonly force: boolean;
}

const ageOf = (context: RefreshContext, held: Held<unknown>): number => elapsedMs(context.clock) - held.fetchedAt;
const freshMs = (context: RefreshContext): number => context.settings().ttlSeconds * 1_000 * REFRESH_FROM;

/**
 * Finds the JWK Set: at its fixed address, or by discovery. The discovery document is read again together with the keys, at most once per cool-down
 * in any case. While it cannot be read, the address that it gave last is good enough; with another issuer in it, nothing is.
 */
async function locate(context: RefreshContext, keys: IdpKeys, idp: KeyedIdp, { force }: RefreshOptions): Promise<Located> {
  const source = idp.spec.keys;
  if (source.kind === "none") return { failure: `${idp.id} has no keys by its configuration`, busy: false, notBefore: Number.POSITIVE_INFINITY };
  if (source.kind === "jwks") return { document: context.documents.jwks(source.url) };
  const discovery = context.documents.discovery(source.url ?? discoveryUrlOf(idp.issuer));
  const cooldownMs = context.settings().cooldownSeconds * 1_000;
  let held = discovery.held;
  const maxAgeMs = force || held?.value.issuer !== idp.issuer ? cooldownMs : freshMs(context);
  if (held === null || ageOf(context, held) >= maxAgeMs) {
    const outcome = await discovery.refresh(keys.tenant);
    if (!outcome.ok) {
      return keys.document !== null && held?.value.issuer === idp.issuer
        ? { document: keys.document }
        : { failure: outcome.detail, busy: outcome.busy, notBefore: discovery.notBefore() };
    }
    held = outcome.held;
  }
  if (held.value.issuer !== idp.issuer) {
    return {
      failure: `${discovery.url} names the issuer ${held.value.issuer}, configured is ${idp.issuer}`,
      busy: false,
      notBefore: elapsedMs(context.clock) + cooldownMs,
    };
  }
  return { document: context.documents.jwks(held.value.jwks_uri) };
}

/** One refresh of one IdP's keys. Its outcome stands in `keys`: a newer set, or an error. Never rejects. */
export async function refreshKeys(context: RefreshContext, keys: IdpKeys, idp: KeyedIdp, options: RefreshOptions): Promise<void> {
  const located = await locate(context, keys, idp, options);
  if ("failure" in located) {
    keys.error = located.failure;
    keys.notBefore = located.notBefore;
    if (!located.busy) context.findings.refreshFailed(keys, located.failure);
    return;
  }
  const { document } = located;
  readFrom(keys, document);
  const held = document.held;
  const isNews = held !== null && held !== keys.source;
  if (!options.force && isNews && ageOf(context, held) < freshMs(context)) {
    context.adopt(keys, idp);
    return;
  }
  const outcome = await document.refresh(keys.tenant);
  if (outcome.ok) {
    context.adopt(keys, idp);
    return;
  }
  keys.error = outcome.detail;
  keys.notBefore = document.notBefore();
  if (!outcome.busy) context.findings.refreshFailed(keys, outcome.detail);
}
