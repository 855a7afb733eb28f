import { withFleet } from "@sallyport/data";
import { createIdpHttp, createKeySource } from "@sallyport/idp-client";
import type { DenyCode, ExplainedStep, NearMiss, Principal } from "@sallyport/pipeline";
import { explainToken, importKeySet } from "@sallyport/pipeline-node";
import { fleetSpec, tenantSectionName } from "@sallyport/snapshot";
import { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import { callingSettings } from "../identity-providers/address-issues.js";
import { createTriedContent } from "../policy-tests/tried-content.js";
import type { ComposedCheck } from "../publish/composed-check.js";
import type { PublisherParts } from "../publish/publisher.js";
import { parse } from "../validation.js";

export const tryTokenInput = z.strictObject({
  /** As it was pasted, with or without `Bearer`. It is decided here and kept nowhere. */
  token: z
    .string()
    .trim()
    .transform((text) => text.replace(/^Bearer\s+/i, ""))
    .pipe(
      z
        .string()
        .min(1, "is empty; paste a token")
        .max(16_384, "is longer than any token that a node takes")
        .regex(/^[\x21-\x7e]+$/, "holds blanks, line breaks or other characters that no token has; paste it whole"),
    ),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
  /** Below the tenant's address. */
  path: z
    .string()
    .trim()
    .regex(/^\/[\x21-\x7e]{0,1023}$/, "is not a path; begin with / and leave blanks out")
    .default("/"),
  /** What it is tried on: what nodes run, or what they would run once the tenant's draft is published. */
  on: z.enum(["draft", "live"]).default("draft"),
});

/** What becomes of a request with the token, and the way there. */
export interface TokenVerdict {
  readonly allowed: boolean;
  /** Why it is refused; null when it is let in. */
  readonly code: DenyCode | null;
  readonly steps: readonly ExplainedStep[];
  /** What a refused one narrowly missed, and the remedy. */
  readonly nearMisses: readonly string[];
  /** Whom it makes; null when it is refused, and where the route asks nobody. */
  readonly principal: Pick<Principal, "subject" | "identityProvider" | "email" | "roles" | "scopes" | "organization" | "expiresAt"> | null;
  /** The route that it reached. */
  readonly route: string | null;
  /** Where it was tried on what is live: the revision. */
  readonly revision: number | null;
}

/** Real tokens, decided by the pipeline that nodes run. */
export interface PortalTokenTests {
  /**
   * The provider's keys are fetched for it, past every cache. The token is neither kept nor logged nor audited.
   * @throws ServiceError `invalid`; `precondition` where there is nothing to try it on; `too_many_attempts` while another one is under way
   */
  attempt(scope: TenantScope, input: z.input<typeof tryTokenInput>): Promise<TokenVerdict>;
  /** Ends the connections to providers. */
  close(): Promise<void>;
}

const principalOf = (principal: Principal | null): TokenVerdict["principal"] => {
  if (principal === null) return null;
  const { subject, identityProvider, email, roles, scopes, organization, expiresAt } = principal;
  return { subject, identityProvider, email, roles, scopes, organization, expiresAt };
};

const sentences = (misses: readonly NearMiss[]): string[] => misses.map(({ sentence }) => sentence);

export function createPortalTokenTests(
  deps: Pick<ControlPlaneDeps, "data" | "clock" | "idpProxy" | "log">,
  parts: Pick<PublisherParts, "drafts" | "readLive" | "standIns">,
  composed: ComposedCheck,
): PortalTokenTests {
  const contentOf = createTriedContent(deps, parts, composed);
  let { idpAllowedRanges, idpCertificates } = fleetSpec.parse({});
  const http = createIdpHttp({ allowedRanges: () => idpAllowedRanges, certificates: () => idpCertificates, proxy: deps.idpProxy });
  const underWay = new Set<string>();

  const isLive = (scope: TenantScope): Promise<boolean> =>
    withFleet(deps.data.fleet, async (tx) => (await parts.readLive(tx))?.manifest[tenantSectionName(scope.slug)] !== undefined);

  async function content(scope: TenantScope, on: "draft" | "live") {
    try {
      return await contentOf(on, tenantSectionName(scope.slug));
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== "precondition") throw error;
      // What it says may be about other tenants.
      deps.log.info({ tenant: scope.slug, requestId: scope.actor.requestId, refusal: error.message }, "a token could not be tried in the portal");
      throw new ServiceError(
        "precondition",
        "What you saved does not fit beside everything else at the gateway, so nothing can be tried on it. Ask whoever runs it.",
      );
    }
  }

  async function decide(scope: TenantScope, { token, method, path, on }: z.output<typeof tryTokenInput>): Promise<TokenVerdict> {
    if (on === "live" && !(await isLive(scope))) throw new ServiceError("precondition", "Nothing of yours is live yet. Try it on what you saved.");
    const { compiled, revision } = await content(scope, on);
    ({ idpAllowedRanges, idpCertificates } = await callingSettings(deps.data));
    // Of its own for each attempt: what the provider says now, and nothing that another tenant had fetched.
    const keys = createKeySource({
      http,
      importKeys: importKeySet,
      clock: deps.clock,
      settings: () => compiled.settings.jwks,
      onEvent: () => undefined,
    });
    try {
      const { decision, steps, nearMisses } = await explainToken({
        ...{ compiled, tenant: scope.slug, token, method, path, keys, standIns: parts.standIns, clock: deps.clock },
      });
      const isAllowed = decision.outcome === "allow";
      return {
        allowed: isAllowed,
        code: decision.outcome === "deny" ? decision.code : null,
        steps,
        nearMisses: sentences(nearMisses),
        principal: isAllowed ? principalOf(decision.principal) : null,
        route: decision.outcome === "deny" ? decision.route : decision.route.name,
        revision,
      };
    } finally {
      keys.close();
    }
  }

  return {
    async attempt(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const input = parse(tryTokenInput, raw);
      // Each compiles and calls out: a tenant's people have one at a time.
      if (underWay.has(scope.tenantId))
        throw new ServiceError("too_many_attempts", "Another token is being tried. Wait for it, then try again.", { retryAfterSeconds: 1 });
      underWay.add(scope.tenantId);
      try {
        return await decide(scope, input);
      } finally {
        underWay.delete(scope.tenantId);
      }
    },
    close: () => http.close(),
  };
}
