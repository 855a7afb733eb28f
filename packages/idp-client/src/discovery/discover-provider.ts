import { DEFAULT_ALGORITHMS, type SignatureAlgorithm } from "@sallyport/snapshot";
import type { IdpHttp, JsonAnswer } from "../http/idp-http.js";
import { type DiscoveryDocument, jwkSet, parseDiscovery } from "../keys/documents.js";
import { describeKey, publicPartOf } from "./describe-key.js";
import { failedCall, judgeAlgorithms, judgeCertificate, judgeClock, judgeIssuer, judgeKeys } from "./judge-provider.js";
import {
  type Finding,
  PROVIDER_CHECKS,
  type ProviderCheck,
  type ProviderCheckId,
  type ProviderDiscovery,
  type ProviderFacts,
  skipped,
} from "./provider-check.js";
import { type ProviderInput, targetOf } from "./provider-target.js";

export interface DiscoverOptions {
  readonly clock: { now(): number };
  /** What the identity provider's configuration allows, or would by default. */
  readonly algorithms?: readonly SignatureAlgorithm[];
  readonly timeoutMs?: number;
  readonly tenant?: string;
}

type Row = { readonly finding: Finding; readonly ms: number };
type Rows = Partial<Record<ProviderCheckId, Row>>;

const size = (bytes: number) => `${bytes.toLocaleString("en-GB")} bytes`;

function factsOf(document: DiscoveryDocument, discoveryUrl: string, members: readonly unknown[] | null): ProviderFacts {
  const keys = (members ?? []).map(describeKey);
  return {
    issuer: document.issuer,
    discoveryUrl,
    jwksUri: document.jwks_uri,
    authorizationEndpoint: document.authorization_endpoint ?? null,
    tokenEndpoint: document.token_endpoint ?? null,
    introspectionEndpoint: document.introspection_endpoint ?? null,
    userinfoEndpoint: document.userinfo_endpoint ?? null,
    endSessionEndpoint: document.end_session_endpoint ?? null,
    algorithms: document.id_token_signing_alg_values_supported ?? [],
    usableAlgorithms: [...new Set(keys.flatMap(({ algorithms }) => algorithms))].sort(),
    keys,
    publicJwks:
      members === null
        ? null
        : { keys: members.flatMap((member, index) => (keys[index]?.problem === null ? [publicPartOf(member) ?? []].flat() : [])) },
  };
}

async function fetchKeys(http: IdpHttp, url: string, options: DiscoverOptions, rows: Rows): Promise<readonly unknown[] | null> {
  const answer = await http.getJson(url, callOptions(options));
  if (!answer.ok) {
    rows.jwks = { finding: failedCall(answer), ms: answer.ms };
    return null;
  }
  const parsed = jwkSet.safeParse(answer.json);
  if (!parsed.success) {
    const detail = parsed.error.issues[0]?.message ?? "no keys member";
    rows.jwks = {
      finding: { result: "fail", detail: `${url} is not a usable JWK Set: ${detail}.`, fix: "It must be an object with a list of at most 100 keys." },
      ms: answer.ms,
    };
    return null;
  }
  const count = parsed.data.keys.length;
  rows.jwks = {
    finding: { result: "pass", detail: `${url} answered 200 with ${count} ${count === 1 ? "key" : "keys"}, ${size(answer.bytes)}.` },
    ms: answer.ms,
  };
  return parsed.data.keys;
}

const callOptions = ({ timeoutMs, tenant }: DiscoverOptions) => ({
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
  ...(tenant === undefined ? {} : { tenant }),
});

/** Reads the discovery document and fills in the rows up to `issuer`. */
async function fetchDocument(
  http: IdpHttp,
  input: ProviderInput,
  options: DiscoverOptions,
  rows: Rows,
): Promise<[DiscoveryDocument, JsonAnswer] | null> {
  const target = targetOf(input);
  const secure = target.discoveryUrl.startsWith("https:");
  const began = performance.now();
  const checked = await http.checkUrl(target.discoveryUrl, callOptions(options));
  rows.address = {
    finding: checked.ok ? { result: "pass", detail: `${target.discoveryUrl} leads to ${checked.addresses.join(", ")}.` } : failedCall(checked),
    ms: performance.now() - began,
  };
  if (!checked.ok) return null;
  const answer = await http.getJson(target.discoveryUrl, callOptions(options));
  if (!answer.ok) {
    const row = { finding: failedCall(answer), ms: answer.ms };
    if (answer.reason === "address_refused") rows.address = row;
    else if (answer.reason === "tls_failed") rows.tls = row;
    else {
      rows.tls = { finding: judgeCertificate(answer.connection, secure, options.clock.now()), ms: 0 };
      rows.discovery = row;
    }
    return null;
  }
  rows.tls = { finding: judgeCertificate(answer.connection, secure, options.clock.now()), ms: 0 };
  rows.clock = { finding: judgeClock(answer.date, options.clock.now(), answer.ms), ms: 0 };
  const parsed = parseDiscovery(answer.json);
  if (!parsed.ok) {
    rows.discovery = {
      finding: { result: "fail", detail: `${target.discoveryUrl} answered 200, but is ${parsed.detail}.`, fix: "Check the address." },
      ms: answer.ms,
    };
    return null;
  }
  rows.discovery = { finding: { result: "pass", detail: `${target.discoveryUrl} answered 200 with ${size(answer.bytes)}.` }, ms: answer.ms };
  rows.issuer = { finding: judgeIssuer(target, parsed.value.issuer), ms: 0 };
  return [parsed.value, answer];
}

function allRows(rows: Rows): ProviderCheck[] {
  let failed: string | null = null;
  return (Object.keys(PROVIDER_CHECKS) as ProviderCheckId[]).map((id) => {
    const title = PROVIDER_CHECKS[id];
    const row = rows[id] ?? { finding: skipped(failed === null ? "Not looked at." : `Not looked at, because "${failed}" failed.`), ms: 0 };
    if (row.finding.result === "fail") failed ??= title;
    return { id, title, ...row.finding, ms: Math.round(row.ms * 10) / 10 };
  });
}

/**
 * Looks at a provider the way a node will, and says for each step what was found, why it fails and what to do.
 * Never throws for what a provider does; takes at most three times `timeoutMs`.
 */
export async function discoverProvider(http: IdpHttp, input: ProviderInput, options: DiscoverOptions): Promise<ProviderDiscovery> {
  const rows: Rows = {};
  const found = await fetchDocument(http, input, options, rows);
  let provider: ProviderFacts | null = null;
  if (found !== null) {
    const [document] = found;
    // With another issuer in it, the document is somebody else's: what it points to is not called.
    const members = rows.issuer?.finding.result === "fail" ? null : await fetchKeys(http, document.jwks_uri, options, rows);
    provider = factsOf(document, targetOf(input).discoveryUrl, members);
    if (members !== null) {
      rows.keys = { finding: judgeKeys(provider.keys), ms: 0 };
      rows.algorithms = {
        finding: judgeAlgorithms(options.algorithms ?? DEFAULT_ALGORITHMS, provider.usableAlgorithms, provider.algorithms),
        ms: 0,
      };
    }
  }
  const checks = allRows(rows);
  return { checks, usable: checks.every(({ result }) => result !== "fail"), provider };
}
