import { createHash } from "node:crypto";
import type { IdpHttp } from "@sallyport/idp-client";
import type { IdentityProviderSpec, Section } from "@sallyport/snapshot";
import type { Clock } from "../deps.js";
import { type Warning, warningOf } from "./warning.js";

/** What a review asks of the network: whether the providers that come or change answer at this moment. */
export interface Probe {
  readonly warnings: readonly Warning[];
  readonly asked: number;
  /** Providers that were not asked: there are more than a review asks. */
  readonly skipped: number;
}

const MAX_ASKED = 20;
const LANES = 4;
/** For one provider; four at a time make it ten seconds at the most. */
const TIMEOUT_MS = 2_000;
/** Pages ask again and again; providers are not. */
const KEPT_MS = 60_000;

interface Asking {
  readonly path: string;
  readonly tenant: string;
  readonly url: string;
}

/** Where a node fetches the provider's keys from first. */
function addressOf({ issuer, keys }: IdentityProviderSpec): string | null {
  if (keys.kind === "none") return null;
  return keys.url ?? `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
}

/** The enabled providers of a tenant that are new, or asked elsewhere than before. */
export function providersToAsk({ before, after }: { readonly before: Section | undefined; readonly after: Section | undefined }): Asking[] {
  if (after?.kind !== "tenant") return [];
  const known = before?.kind === "tenant" ? before.identityProviders : {};
  return Object.entries(after.identityProviders).flatMap(([name, spec]) => {
    const url = addressOf(spec);
    const old = known[name];
    if (url === null || spec.status !== "enabled" || (old?.status === "enabled" && addressOf(old) === url)) return [];
    return [{ path: `tenants/${after.slug}/identityProviders/${name}`, tenant: after.slug, url }];
  });
}

/**
 * Asks providers through the one client that may call them (SECURITY §2): bounded in number, time and repetition; never throws for what
 * they do. What is known of an address already (null: it answers; else why it does not) is not asked again.
 */
export function createProbe(
  http: Pick<IdpHttp, "getJson">,
  clock: Clock,
): (asking: readonly Asking[], known: ReadonlyMap<string, string | null>) => Promise<Probe> {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<string | null> }>();

  function ask({ url, tenant }: Asking): Promise<string | null> {
    const key = createHash("sha256").update(`${tenant}\n${url}`).digest("hex");
    const now = clock.now();
    for (const [other, { until }] of kept) if (until <= now) kept.delete(other);
    const known = kept.get(key);
    if (known !== undefined) return known.answer;
    const answer = http.getJson(url, { timeoutMs: TIMEOUT_MS, tenant }).then(
      (got) => (got.ok ? null : got.detail),
      () => "it could not be asked",
    );
    kept.set(key, { until: now + KEPT_MS, answer });
    return answer;
  }

  return async (asking, known) => {
    const warnings: Warning[] = [];
    const unknown = asking.filter(({ url }) => !known.has(url));
    const waiting = unknown.slice(0, MAX_ASKED);
    const skipped = unknown.length - waiting.length;
    const warn = ({ path, url }: Asking, fault: string): void => {
      const message = `cannot be reached at the moment: ${fault}. Until nodes reach it, its tokens are refused`;
      warnings.push(warningOf("issuer_unreachable", path, message, url));
    };
    for (const each of asking) {
      const fault = known.get(each.url) ?? null;
      if (fault !== null) warn(each, fault);
    }
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const fault = await ask(next);
        if (fault !== null) warn(next, fault);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    warnings.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { warnings, asked: asking.length - skipped, skipped };
  };
}
