import type { AdmittedRequest } from "./admit/admit.js";
import type { CompiledApiKey, CompiledEdge } from "./compiled.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";
import type { VerifiedCredential } from "./verified-credential.js";

/** `spk_` and 256 bits in base64url: what the control plane gives out. Nothing else is looked up. */
const API_KEY = /^spk_[A-Za-z0-9_-]{43}$/;

/**
 * The key that a request presents, in the header or, where the fleet switches that on, in the query; null when there is none.
 * Two of them are ambiguous, also when they agree.
 */
export function presentedApiKey({ apiKey, query }: AdmittedRequest, { apiKeyParameter }: CompiledEdge): string | Refusal | null {
  const inQuery = apiKeyParameter === null ? [] : valuesOf(query, apiKeyParameter);
  const count = inQuery.length + (apiKey === null ? 0 : 1);
  if (count > 1) return new Refusal("ambiguous_credential", "more than one API key");
  return apiKey?.value ?? inQuery[0] ?? null;
}

/** BEHAVIOUR 3d. A key of another tenant is told apart from a made-up one: it was brought across the border (BEHAVIOUR §4). */
export function verifyApiKey(passage: Passage, text: string): VerifiedCredential | Refusal {
  const { compiled, ports, tenant } = passage;
  if (!API_KEY.test(text)) return new Refusal("invalid_api_key", "the text has not the form of an API key");
  const digest = ports.sha256Hex(text);
  const key = compiled.apiKeys.get(digest);
  if (key === undefined) return unknown(passage, digest);
  // Written so that a clock which is no number makes nothing good.
  if (!(ports.clock.now() < key.goodUntilMs)) return new Refusal("invalid_api_key", `the API key ${key.name} has expired`);
  if (key.tenant !== tenant?.slug) return foreign(passage, key);
  ports.apiKeyUsed?.(key);
  passage.apiKey = key;
  return key.credential;
}

/** One that the tenant has taken back is told apart, for those who look after it; whoever sends it learns nothing of that. */
function unknown(passage: Passage, digest: string): Refusal {
  const revoked = passage.tenant?.revokedApiKeys.get(digest);
  // Written so that a clock which is no number tells of it.
  if (revoked === undefined || passage.ports.clock.now() >= revoked.untilMs)
    return new Refusal("invalid_api_key", "no API key of the fleet hashes to this");
  passage.report("revoked_credential", `the API key ${revoked.name} is revoked, and was presented`);
  return new Refusal("invalid_api_key", `the API key ${revoked.name} is revoked`);
}

function foreign(passage: Passage, key: CompiledApiKey): Refusal {
  const detail = `the API key ${key.name} of ${key.tenant} was sent to ${passage.tenant?.slug ?? "another tenant"}`;
  passage.report("cross_tenant_attempt", detail, { tokenTenant: key.tenant, subject: key.entry.subject });
  return new Refusal("tenant_mismatch", detail);
}

/** The query without the parameter that carried the key: a consumed credential goes no further. */
export function withoutApiKey(query: string, { apiKeyParameter }: CompiledEdge): string {
  if (apiKeyParameter === null || query === "") return query;
  const kept = partsOf(query).filter((part) => nameOf(part) !== apiKeyParameter);
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

const valuesOf = (query: string, parameter: string): string[] =>
  query === "" ? [] : partsOf(query).flatMap((part) => (nameOf(part) === parameter ? [part.slice(part.indexOf("=") + 1)] : []));

const partsOf = (query: string): string[] => query.slice(1).split("&");

/** Names are read as upstreams read them: decoded. A name that does not decode is none of ours. */
function nameOf(part: string): string {
  const equals = part.indexOf("=");
  const name = equals < 0 ? part : part.slice(0, equals);
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
