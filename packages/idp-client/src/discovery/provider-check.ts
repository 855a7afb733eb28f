import type { SignatureAlgorithm } from "@sallyport/snapshot";
import type { DescribedKey } from "./describe-key.js";

/** In the order in which they are shown. */
export const PROVIDER_CHECKS = {
  address: "Address is public and allowed",
  tls: "TLS certificate is valid",
  discovery: "Discovery document is readable",
  issuer: "Issuer is equal",
  jwks: "Keys are reachable",
  keys: "Keys are named and strong",
  algorithms: "Algorithms are allowed",
  clock: "Clocks agree",
} as const;
export type ProviderCheckId = keyof typeof PROVIDER_CHECKS;

/** One row of the registration wizard. */
export interface ProviderCheck {
  readonly id: ProviderCheckId;
  readonly title: string;
  readonly result: "pass" | "fail" | "warn" | "skip";
  /** What was found. */
  readonly detail: string;
  /** Why it fails or may fail. */
  readonly cause?: string;
  /** What to do, and where. */
  readonly fix?: string;
  /** Two values that should be equal, to be shown one above the other. */
  readonly compare?: { readonly configured: string; readonly document: string };
  /** Time that this check took, ms; 0 when it needed no call. */
  readonly ms: number;
}

/** What the provider says of itself: fills in the form. */
export interface ProviderFacts {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly jwksUri: string;
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string | null;
  readonly introspectionEndpoint: string | null;
  readonly userinfoEndpoint: string | null;
  readonly endSessionEndpoint: string | null;
  /** `id_token_signing_alg_values_supported`, as it stands. */
  readonly algorithms: readonly string[];
  /** What the usable keys can verify. */
  readonly usableAlgorithms: readonly SignatureAlgorithm[];
  readonly keys: readonly DescribedKey[];
  /** The usable keys, public members only: good as seed keys. Null when the JWK Set could not be read. */
  readonly publicJwks: { readonly keys: readonly Record<string, string | readonly string[]>[] } | null;
}

export interface ProviderDiscovery {
  /** All of PROVIDER_CHECKS, each once. */
  readonly checks: readonly ProviderCheck[];
  /** True when nothing failed: tokens of this provider will find keys. */
  readonly usable: boolean;
  /** Null when there is no readable discovery document. */
  readonly provider: ProviderFacts | null;
}

export type Finding = Omit<ProviderCheck, "id" | "title" | "ms">;

export const skipped = (detail: string): Finding => ({ result: "skip", detail });
