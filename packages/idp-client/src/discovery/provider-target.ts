import { discoveryUrlOf } from "../keys/documents.js";

const SUFFIX = "/.well-known/openid-configuration";

/** What somebody knows of a provider: one of the three. */
export type ProviderInput = { readonly issuer: string } | { readonly discoveryUrl: string } | { readonly domain: string };

export interface ProviderTarget {
  readonly discoveryUrl: string;
  /** What the document's issuer is compared with. */
  readonly expectedIssuer: string;
  /** The person named this very issuer; otherwise it is our guess, and the document may correct it on the same host. */
  readonly exact: boolean;
}

/** Tells from one text field what was typed: a discovery URL, an issuer, or a bare domain. */
export function readProviderInput(typed: string): ProviderInput {
  const text = typed.trim();
  if (text.includes("/.well-known/")) return { discoveryUrl: text };
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return { issuer: text };
  return { domain: text };
}

export function targetOf(input: ProviderInput): ProviderTarget {
  if ("issuer" in input) return { discoveryUrl: discoveryUrlOf(input.issuer), expectedIssuer: input.issuer, exact: true };
  if ("domain" in input) {
    const issuer = `https://${input.domain.replace(/\/+$/, "")}`;
    return { discoveryUrl: discoveryUrlOf(issuer), expectedIssuer: issuer, exact: false };
  }
  const { discoveryUrl } = input;
  const issuer = discoveryUrl.endsWith(SUFFIX) ? discoveryUrl.slice(0, -SUFFIX.length) : discoveryUrl;
  return { discoveryUrl, expectedIssuer: issuer, exact: false };
}
