import type { AdmittedRequest } from "../admit/admit.js";
import type { CompiledRoute, CompiledTenant } from "../compiled.js";
import { matchRoute } from "../match-route.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";

/** A browser asks, before it sends a request of another origin's page, whether it may (Fetch, CORS-preflight fetch). */
export interface PreflightRequest {
  readonly origin: string;
  /** Of the request that would follow. */
  readonly method: string;
}

const METHOD = /^[A-Z]{1,20}(?:-[A-Z]{1,20})?$/;

/** The value of a field that stands there once; null for none and for several. @param name in lower case */
export function onlyField(headers: readonly string[], name: string): string | null {
  let found: string | null = null;
  for (let index = 0; index < headers.length; index += 2) {
    const field = headers[index] ?? "";
    if (field.length !== name.length || field.toLowerCase() !== name) continue;
    if (found !== null) return null;
    found = headers[index + 1] ?? "";
  }
  return found;
}

/** BEHAVIOUR §2: OPTIONS with `Origin` and `Access-Control-Request-Method`, each once. */
function readPreflight({ headers, upgrade }: AdmittedRequest, method: string): PreflightRequest | null {
  if (method !== "OPTIONS" || upgrade !== null) return null;
  const wanted = onlyField(headers, "access-control-request-method");
  const origin = wanted === null ? null : onlyField(headers, "origin");
  return wanted === null || origin === null || !METHOD.test(wanted) ? null : { origin, method: wanted };
}

/**
 * The route that a preflight is about, found by the method that would follow, where that route has a CORS policy. Null: it is treated like
 * any request. Where another proxy forwards, nobody can answer in its place.
 */
export function matchPreflight(
  passage: Passage,
  tenant: CompiledTenant,
  path: string,
  request: AdmittedRequest,
): { readonly route: CompiledRoute; readonly asked: PreflightRequest } | null {
  if (passage.facts.method !== "OPTIONS" || passage.facts.described === true) return null;
  // Nothing here would verify the token.
  if (passage.tokenNamesTenant) return null;
  const asked = readPreflight(request, passage.facts.method);
  const route = asked === null ? null : matchRoute(tenant, path, asked.method);
  if (asked === null || route === null || route instanceof Refusal) return null;
  return route.cors === null || route.mode === "deny" ? null : { route, asked };
}
