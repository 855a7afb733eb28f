export type { IdpClock } from "./clock.js";
export type { DescribedKey } from "./discovery/describe-key.js";
export { type DiscoverOptions, discoverProvider } from "./discovery/discover-provider.js";
export { checkIntrospectionEndpoint, type IntrospectionCheck } from "./discovery/introspection-check.js";
export type { ProviderCheck, ProviderCheckId, ProviderDiscovery, ProviderFacts } from "./discovery/provider-check.js";
export { type ProviderInput, readProviderInput } from "./discovery/provider-target.js";
export { type EgressProxy, type ProxyUrlResult, parseProxyUrl } from "./http/egress-proxy.js";
export type { IdpCertificates } from "./http/guarded-agents.js";
export {
  type CheckedUrl,
  createIdpHttp,
  type GetJsonOptions,
  type IdpHttp,
  type IdpHttpOptions,
  type JsonAnswer,
  type JsonRefusal,
  type PostFormOptions,
  type TextAnswer,
} from "./http/idp-http.js";
export type { FetchReason, Refused } from "./http/outcome.js";
export type { Resolver } from "./http/resolver.js";
export type { IntrospectionState } from "./introspection/asked-idp.js";
export type { BreakerState } from "./introspection/breaker.js";
export { CALL_RESULTS, type CallResult } from "./introspection/call-endpoint.js";
export type { SecretOf } from "./introspection/client-authentication.js";
export { type CachingIntrospector, createIntrospector, type IntrospectionCounts, type IntrospectorOptions } from "./introspection/introspector.js";
export { createDocumentStore, type DocumentStore } from "./keys/document-store.js";
export { discoveryUrlOf, type ImportKeys } from "./keys/documents.js";
export { type CachingKeySource, createKeySource, type KeySourceOptions } from "./keys/key-source.js";
export type { KeySettings } from "./keys/remote-document.js";
export { createLoginClient, type ExchangedCode, type LoginClient, type LoginFailure, type LoginIdp } from "./login/login-client.js";
export type { ObservedKey } from "./radar/observed-keys.js";
export { type ProbedFacts, type ProbeFault, type ProbeOutcome, type ProbeTarget, probeProvider } from "./radar/probe-provider.js";
