import type { SignatureAlgorithm } from "@sallyport/snapshot";
import type { ConnectionFacts } from "../http/guarded-connect.js";
import type { FetchReason, Refused } from "../http/outcome.js";
import type { DescribedKey } from "./describe-key.js";
import { type Finding, skipped } from "./provider-check.js";
import type { ProviderTarget } from "./provider-target.js";

const DAY_MS = 86_400_000;
const CERTIFICATE_WARNING_DAYS = 14;
const SKEW_WARNING_MS = 5_000;
/** The default clock tolerance of an IdP: past it, fresh tokens are refused. */
const SKEW_LIMIT_MS = 30_000;

/** What to do about each reason for which a call did not succeed. */
export const FIXES: Readonly<Record<FetchReason, string>> = {
  invalid_url: "Correct the address.",
  scheme_refused: "Use an https:// address.",
  address_refused: "Use the provider's public address, or let the operator add its range to the fleet's allowed IdP ranges.",
  dns_failed: "Check the host name for typing errors, and that it resolves from here.",
  connect_failed: "Check the port, and that a firewall lets this installation reach the provider.",
  tls_failed: "Install a certificate for this host name from a public authority, with its intermediate certificates.",
  timeout: "Check that the provider is up and answers within 5 s.",
  redirect: "Register the address to which it redirects, if it is the provider's own.",
  bad_status: "Open the address in a browser: it must answer 200 with the document, without sign-in.",
  encoded: "Let the provider honour Accept-Encoding: identity.",
  too_large: "The document must stay under 512 KiB.",
  not_json: "Check that the address is the document itself, not a sign-in page or a portal.",
  broken_answer: "Check the provider's log and any proxy in between.",
  busy: "Try again in a moment.",
  closed: "Try again in a moment.",
};

export const failedCall = (refusal: Refused): Finding => ({
  result: "fail",
  detail: refusal.detail,
  cause: refusal.reason,
  fix: FIXES[refusal.reason],
});

export function judgeCertificate(connection: ConnectionFacts | null, secure: boolean, now: number): Finding {
  if (!secure) return skipped("Plain http inside a range that the operator allows: there is no certificate.");
  const certificate = connection?.certificate;
  if (certificate === null || certificate === undefined) return skipped("No connection was made.");
  const daysLeft = Math.floor((certificate.validTo - now) / DAY_MS);
  const detail = `Issued by ${certificate.issuer}, valid for ${daysLeft} more days.`;
  if (daysLeft >= CERTIFICATE_WARNING_DAYS) return { result: "pass", detail };
  return {
    result: "warn",
    detail,
    cause: "The certificate runs out soon; when it has, keys can no longer be refreshed.",
    fix: "Renew it at the provider.",
  };
}

/** OpenID Connect Discovery 1.0 §4.3: the issuer must be exactly equal. */
export function judgeIssuer(target: ProviderTarget, document: string): Finding {
  const configured = target.expectedIssuer;
  if (document === configured) return { result: "pass", detail: `Both say ${document}` };
  const compare = { configured, document };
  if (/[{}]/.test(document)) {
    return {
      result: "fail",
      detail: "The issuer in the document is a template.",
      cause: "The address is shared by all customers of the provider; each one's tokens carry an issuer of its own.",
      fix: "Use the provider's address for your own directory, with its id in the place of the braces.",
      compare,
    };
  }
  const bySlash = document.replace(/\/$/, "") === configured.replace(/\/$/, "");
  const sameHost = URL.canParse(document) && URL.canParse(configured) && new URL(document).host === new URL(configured).host;
  if (!target.exact && sameHost) return { result: "pass", detail: `Taken from the document: ${document}`, compare };
  return {
    result: "fail",
    detail: "The discovery document names another issuer.",
    cause: bySlash
      ? "They differ only by the slash at the end, and issuers are compared byte for byte."
      : "Tokens carry the issuer of the document, and would be refused.",
    fix: sameHost ? `Register the issuer ${document}` : "Check that the address is this provider's: a document of another host is not believed.",
    compare,
  };
}

export function judgeKeys(keys: readonly DescribedKey[]): Finding {
  const usable = keys.filter(({ problem }) => problem === null);
  const name = (key: DescribedKey) => key.kid ?? `key ${keys.indexOf(key)}`;
  const shown = usable.map((key) => `${name(key)} (${key.kty} ${key.crv ?? key.bits ?? ""}${key.alg === null ? "" : `, ${key.alg}`})`).join(", ");
  const left = keys.filter(({ problem, use }) => problem !== null && use !== "enc").map((key) => `${name(key)}: ${key.problem}`);
  if (usable.length === 0) {
    return {
      result: "fail",
      detail: keys.length === 0 ? "The JWK Set is empty." : `None of ${keys.length} keys is usable.`,
      cause: left.join("; ") || "There is no key for signatures.",
      fix: "Publish a signing key: RSA with at least 2048 bits, P-256, P-384, P-521 or Ed25519.",
    };
  }
  const nameless = usable.filter(({ kid }) => kid === null);
  if (nameless.length > 0 && usable.length > 1) {
    return {
      result: "fail",
      detail: shown,
      cause: "Several keys, and not all have a kid: a token cannot say which signed it.",
      fix: "Give each key a kid.",
    };
  }
  const doubled = usable.find(({ kid }, index) => kid !== null && usable.findIndex((other) => other.kid === kid) !== index);
  const remarks = [
    ...(doubled === undefined ? [] : [`Two keys share the kid ${doubled.kid}.`]),
    ...(nameless.length > 0 ? ["The only key has no kid: its tokens are accepted until a second key is published."] : []),
    ...(usable.some(({ alg }) => alg === null) ? ["Keys without alg may verify every algorithm of their type that the configuration allows."] : []),
    ...left,
  ];
  if (remarks.length === 0) return { result: "pass", detail: shown };
  return {
    result: "warn",
    detail: shown,
    cause: remarks.join(" "),
    fix: "Nothing must be done now; ask the provider to publish kid, alg and use with each key.",
  };
}

/** @param advertised `id_token_signing_alg_values_supported` */
export function judgeAlgorithms(
  allowed: readonly SignatureAlgorithm[],
  usable: readonly SignatureAlgorithm[],
  advertised: readonly string[],
): Finding {
  const common = usable.filter((algorithm) => allowed.includes(algorithm));
  const compare = { configured: allowed.join(", "), document: usable.join(", ") };
  if (common.length === 0) {
    return {
      result: "fail",
      detail: "No key of the provider fits an algorithm that is allowed.",
      cause: `The keys can verify ${usable.join(", ") || "nothing"}.`,
      fix: usable.length === 0 ? "Publish a usable key." : `Allow ${usable[0]} for this identity provider.`,
      compare,
    };
  }
  const named = new Set<string>(common.flatMap((algorithm) => (algorithm === "EdDSA" ? ["EdDSA", "Ed25519"] : [algorithm])));
  if (advertised.length > 0 && !advertised.some((algorithm) => named.has(algorithm))) {
    return {
      result: "warn",
      detail: `The keys fit ${common.join(", ")}.`,
      cause: `The document says that ID tokens are signed with ${advertised.join(", ")}; access tokens may differ.`,
      fix: "Test with a real token before publishing.",
      compare: { configured: allowed.join(", "), document: advertised.join(", ") },
    };
  }
  return { result: "pass", detail: `Tokens with ${common.join(", ")} will be accepted.` };
}

/** @param date the provider's `Date` field @param now our clock when it came, both ms */
export function judgeClock(date: number | null, now: number, tookMs: number): Finding {
  if (date === null) return skipped("The provider sends no Date field.");
  // The field has whole seconds and was written some time within the call.
  const early = now - tookMs - (date + 999);
  const late = date - now;
  const skewMs = Math.max(0, early, late);
  const detail = skewMs === 0 ? "No difference." : `The provider's clock is about ${Math.round(skewMs / 1_000)} s ${late > 0 ? "ahead" : "behind"}.`;
  if (skewMs <= SKEW_WARNING_MS) return { result: "pass", detail };
  return {
    result: skewMs > SKEW_LIMIT_MS ? "fail" : "warn",
    detail,
    cause: "Tokens would be refused as not yet valid, or as expired too early or late.",
    fix: "Synchronise both clocks (NTP), or raise the clock tolerance of this identity provider (at most 60 s).",
  };
}
