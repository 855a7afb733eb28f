import { createHash } from "node:crypto";
import type { SecurityFinding } from "@sallyport/pipeline";
import { fleetSpec, identityProviderSpec } from "@sallyport/snapshot";
import type { IdpClock } from "../clock.js";
import { createIdpHttp, type IdpHttp, type IdpHttpOptions } from "../http/idp-http.js";
import { createDocumentStore } from "../keys/document-store.js";
import { importKeys } from "../keys/import-keys.fixture.js";
import { type CachingIntrospector, createIntrospector, type IntrospectorOptions } from "./introspector.js";
import type { IntrospectedIdp } from "./locate-endpoint.js";

export const SECRET = "s3cret:with space/+ü";
const digestOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** A compiled IdP as the pipeline hands it over. */
export function introspectedIdp(
  id: `${string}/${string}`,
  spec: { issuer: string; keys?: unknown; introspection?: Record<string, unknown> },
  overrides: Partial<IntrospectedIdp> = {},
): IntrospectedIdp {
  const [tenant = "", name = ""] = id.split("/");
  const parsed = identityProviderSpec.parse({
    audiences: ["https://api.example"],
    ...spec,
    introspection: { client: { method: "client_secret_basic", clientId: "gateway", secret: "introspection" }, ...spec.introspection },
  });
  return { tenant, name, id, spec: parsed, issuer: parsed.issuer, cachedAnswersMaxAgeMs: 300_000, ...overrides };
}

export interface AskingBench<C extends IdpClock> {
  readonly clock: C;
  readonly http: IdpHttp;
  readonly introspector: CachingIntrospector;
  readonly findings: SecurityFinding[];
  /** Pauses between tries, ms, in order; none is waited for. */
  readonly pauses: number[];
  readonly breaker: { failures: number; openSeconds: number; probes: number };
  ask(idp: IntrospectedIdp, token: string): ReturnType<CachingIntrospector["introspect"]>;
  kinds(): string[];
  close(): Promise<void>;
}

/** An introspector on real sockets, with a clock that stands still. */
export function startAsking<C extends IdpClock>(
  clock: C,
  options: Partial<IntrospectorOptions> = {},
  http: Partial<IdpHttpOptions> = {},
): AskingBench<C> {
  const client = createIdpHttp({ allowedRanges: () => ["127.0.0.0/8"], maxConcurrentPerTenant: 64, maxConcurrent: 256, ...http });
  const findings: SecurityFinding[] = [];
  const pauses: number[] = [];
  const breaker = { failures: 5, openSeconds: 30, probes: 2 };
  const settings = () => ({ ...fleetSpec.parse({}), introspectionBreaker: breaker });
  const documents = createDocumentStore({ http: client, clock, settings: () => settings().jwks, importKeys });
  const introspector = createIntrospector({
    http: client,
    documents,
    clock,
    secrets: (_tenant, name) => (name === "introspection" ? SECRET : null),
    settings,
    onEvent: (finding) => findings.push(finding),
    pause: async (ms) => void pauses.push(ms),
    random: () => 0.5,
    ...options,
  });
  return {
    ...{ clock, http: client, introspector, findings, pauses, breaker },
    ask: (idp, token) => introspector.introspect(idp, digestOf(token), token),
    kinds: () => findings.map(({ kind }) => kind),
    async close() {
      introspector.close();
      await client.close();
    },
  };
}
