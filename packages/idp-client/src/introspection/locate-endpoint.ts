import type { CompiledIdentityProvider } from "@sallyport/pipeline";
import { elapsedMs, type IdpClock } from "../clock.js";
import type { DocumentStore } from "../keys/document-store.js";
import { discoveryUrlFor } from "../keys/refresh.js";
import type { KeySettings } from "../keys/remote-document.js";

/** What the introspector reads of a compiled IdP. */
export type IntrospectedIdp = Pick<CompiledIdentityProvider, "id" | "tenant" | "name" | "issuer" | "spec" | "cachedAnswersMaxAgeMs">;

/** `away`: the document cannot be read. One that says something else than it must is there. */
type Located = { readonly url: string } | { readonly failure: string; readonly away: boolean };

export interface LocateContext {
  readonly documents: DocumentStore;
  readonly clock: IdpClock;
  readonly settings: () => KeySettings;
}

/** Discovery document of an IdP whose endpoint is found there; null where the configuration names the endpoint. */
export const discoveryFor = (idp: IntrospectedIdp): string | null => (idp.spec.introspection?.endpoint === undefined ? discoveryUrlFor(idp) : null);

/**
 * Where to ask. The document is the key source's, with its cool-down and back-off; one that was read serves on while it cannot be read
 * again. With another issuer in it, nothing in it is believed (OpenID Connect Discovery 1.0 §4.3). At once where the address is known.
 */
export function locateEndpoint(context: LocateContext, idp: IntrospectedIdp): Located | Promise<Located> {
  const { endpoint } = idp.spec.introspection ?? {};
  if (endpoint !== undefined) return { url: endpoint };
  const url = discoveryFor(idp);
  if (url === null) return { failure: `${idp.id} names no introspection endpoint, and has no discovery document`, away: false };
  const document = context.documents.discovery(url);
  const { ttlSeconds, cooldownSeconds } = context.settings();
  const read = (): Located => {
    const held = document.held;
    if (held === null) return { failure: `${url} could not be read yet`, away: true };
    if (held.value.issuer !== idp.issuer)
      return { failure: `${url} names the issuer ${held.value.issuer}, configured is ${idp.issuer}`, away: false };
    const found = held.value.introspection_endpoint;
    return found === undefined ? { failure: `${url} names no introspection_endpoint`, away: false } : { url: found };
  };
  const held = document.held;
  const known = read();
  const ageMs = held === null ? Number.POSITIVE_INFINITY : elapsedMs(context.clock) - held.fetchedAt;
  if ("url" in known) {
    // Nobody waits for it: refresh keeps to one fetch at a time, and to the back-off.
    if (ageMs >= ttlSeconds * 1_000) void document.refresh(idp.tenant);
    return known;
  }
  if (ageMs < cooldownSeconds * 1_000) return known;
  return document.refresh(idp.tenant).then((outcome) => (outcome.ok ? read() : { failure: outcome.detail, away: true }));
}
