import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { FIXES } from "../discovery/judge-provider.js";
import type { IdpHttp, JsonAnswer, JsonRefusal } from "../http/idp-http.js";
import type { FetchReason } from "../http/outcome.js";
import { jwkSet, parseDiscovery } from "../keys/documents.js";
import { type ObservedKey, observeKeys } from "./observed-keys.js";

/** What is asked: a discovery document that must name the issuer, or a JWK Set. */
export interface ProbeTarget {
  readonly issuer: string;
  readonly kind: "discovery" | "jwks";
  readonly url: string;
}

/** Why a probe brought no keys. */
export type ProbeFault = FetchReason | "not_discovery" | "issuer_differs" | "not_jwks" | "no_usable_keys";

/** What a provider says of itself. */
export interface ProbedFacts {
  readonly jwksUri: string;
  /** By their names in the discovery document (OpenID Connect Discovery 1.0 §3); empty for a bare JWK Set. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** What the usable keys can verify, sorted. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** When the first of the certificates that were shown runs out, ms since the epoch; null over plain http. */
  readonly certificateUntil: number | null;
}

export type ProbeOutcome =
  | { readonly ok: true; readonly ms: number; readonly facts: ProbedFacts; readonly keys: readonly ObservedKey[] }
  | {
      readonly ok: false;
      readonly ms: number;
      readonly code: ProbeFault;
      /** One sentence for operators; holds nothing of an answer's body but an issuer. */
      readonly detail: string;
      /** What to do about it. */
      readonly remedy: string;
    };

const OWN_FIXES: Readonly<Record<Exclude<ProbeFault, FetchReason>, string>> = {
  not_discovery: "Check that the address is the provider's discovery document.",
  issuer_differs: "Ask the provider's owner whether it moved; nodes believe nothing of a document with another issuer.",
  not_jwks: "It must be an object with a list of at most 100 keys.",
  no_usable_keys: "The provider must publish a signing key: RSA with at least 2048 bits, P-256, P-384, P-521 or Ed25519.",
};

const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "introspection_endpoint", "userinfo_endpoint", "end_session_endpoint"] as const;

const validUntil = ({ connection }: JsonAnswer): number[] => (connection?.certificate == null ? [] : [connection.certificate.validTo]);
const MAX_SHOWN = 300;
const shown = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD").slice(0, MAX_SHOWN).toWellFormed();

/**
 * Asks a provider as a node does: the discovery document, and the keys that it leads to. Through the one guarded client (SECURITY §2), so
 * that it takes at most twice `timeoutMs`; never throws for what a provider does.
 * @param options.tenant whose places in the client it takes
 */
export async function probeProvider(
  http: Pick<IdpHttp, "getJson">,
  target: ProbeTarget,
  options: { readonly tenant: string; readonly timeoutMs?: number },
): Promise<ProbeOutcome> {
  const started = performance.now();
  const ms = (): number => Math.round((performance.now() - started) * 10) / 10;
  const failed = (code: ProbeFault, detail: string, remedy: string): ProbeOutcome => ({ ok: false, ms: ms(), code, detail: shown(detail), remedy });
  const refused = ({ reason, detail }: JsonRefusal): ProbeOutcome => failed(reason, detail, FIXES[reason]);
  const own = (code: keyof typeof OWN_FIXES, detail: string): ProbeOutcome => failed(code, detail, OWN_FIXES[code]);

  const untils: number[] = [];
  let jwksUri = target.url;
  const endpoints: Record<string, string> = {};
  if (target.kind === "discovery") {
    const answer = await http.getJson(target.url, options);
    if (!answer.ok) return refused(answer);
    untils.push(...validUntil(answer));
    const document = parseDiscovery(answer.json);
    if (!document.ok) return own("not_discovery", `${target.url} answered 200, but is ${document.detail}`);
    if (document.value.issuer !== target.issuer)
      return own("issuer_differs", `${target.url} names the issuer ${document.value.issuer}, configured is ${target.issuer}`);
    jwksUri = document.value.jwks_uri;
    for (const name of ENDPOINTS) {
      const url = document.value[name];
      if (url !== undefined) endpoints[name] = shown(url);
    }
  }
  const answer = await http.getJson(jwksUri, options);
  if (!answer.ok) return refused(answer);
  untils.push(...validUntil(answer));
  const set = jwkSet.safeParse(answer.json);
  if (!set.success) return own("not_jwks", `${jwksUri} is not a usable JWK Set: ${set.error.issues[0]?.message ?? "it has no keys"}`);
  const keys = observeKeys(set.data.keys);
  const algorithms = [...new Set(keys.flatMap((key) => key.algorithms))].sort();
  if (algorithms.length === 0)
    return own("no_usable_keys", keys.length === 0 ? `${jwksUri} holds no signing key` : `none of the ${keys.length} keys at ${jwksUri} is usable`);
  const certificateUntil = untils.length === 0 ? null : Math.min(...untils);
  return { ok: true, ms: ms(), facts: { jwksUri: shown(jwksUri), endpoints, algorithms, certificateUntil }, keys };
}
