import { type DataClients, Prisma, withFleet, withTenant } from "@sallyport/data";
import {
  checkIntrospectionEndpoint,
  createIdpHttp,
  discoverProvider,
  type EgressProxy,
  type ProviderFacts,
  type ProviderInput,
  readProviderInput,
} from "@sallyport/idp-client";
import { fleetSpec } from "@sallyport/snapshot";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { notFound } from "../errors.js";
import type { ObjectRow, Objects } from "../objects/objects.js";
import { lockTenant } from "../objects/tenant-lock.js";
import { asJson } from "../objects/write-stored.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { recordCarried, recordRevocation } from "../revocations/record-revocation.js";
import { parse } from "../validation.js";
import { callingSettings } from "./address-issues.js";
import { checkIdentityProviderInput, createIdentityProviderInput, purgeKeysInput } from "./identity-providers.schemas.js";
import { type Check, isolationCheck } from "./isolation-check.js";

export interface ProviderChecks {
  readonly checks: readonly Check[];
  /** What the provider says of itself; null when its discovery document could not be read. */
  readonly found: ProviderFacts | null;
}

/** Registration of identity providers: what a node would see of them. */
export interface IdentityProviders {
  /** Asks the provider. Saves nothing but the result, and that only with a registered provider that is named. */
  check(scope: TenantScope, input: z.input<typeof checkIdentityProviderInput>): Promise<ProviderChecks>;
  /** Registers it, then checks it and keeps the result with it. A failed check does not undo the registration. */
  create(
    scope: TenantScope,
    input: z.input<typeof createIdentityProviderInput>,
  ): Promise<{ row: ObjectRow<"IdentityProvider">; checks: readonly Check[] }>;
  /**
   * Has every node forget the provider's keys and its answers about tokens, and fetch them anew with the next token: after a key was
   * stolen. Reaches the nodes at once, without a publish; while the provider is away its tokens are refused.
   * @throws ServiceError `not_found`
   */
  purgeKeys(scope: TenantScope, input: z.input<typeof purgeKeysInput>): Promise<void>;
  /** Ends the connections to providers. */
  close(): Promise<void>;
}

type CheckInput = z.output<typeof checkIdentityProviderInput>;

function providerInput({ issuer, url, domain }: CheckInput): ProviderInput {
  if (issuer !== undefined) return { issuer };
  if (url !== undefined) return { discoveryUrl: url };
  return readProviderInput(domain ?? "");
}

interface IdentityProvidersDeps extends Pick<RevisionParts, "lane" | "reissue"> {
  readonly data: DataClients;
  readonly clock: Clock;
  readonly objects: Objects;
  readonly idpProxy: EgressProxy | null;
}

export function createIdentityProviders(deps: IdentityProvidersDeps): IdentityProviders {
  const { data, clock, objects, lane, reissue } = deps;
  // One client for all checks: its bulkhead bounds what a tenant can have us call. Ranges and authorities follow the settings.
  let { idpAllowedRanges, idpCertificates } = fleetSpec.parse({});
  const http = createIdpHttp({ allowedRanges: () => idpAllowedRanges, certificates: () => idpCertificates, proxy: deps.idpProxy });

  async function keep(scope: TenantScope, name: string, { checks, found }: ProviderChecks): Promise<void> {
    const at = new Date(clock.now());
    const keys = found?.publicJwks && found.publicJwks.keys.length > 0 ? { fetchedAt: at.toISOString(), jwks: found.publicJwks } : null;
    await withTenant(data.app, scope.tenantId, (tx) =>
      tx.identityProvider.updateMany({
        // A result of another issuer's says nothing about this one.
        where: { tenantId: scope.tenantId, name, ...(found === null ? {} : { issuer: found.issuer }) },
        data: { lastCheckedAt: at, lastCheck: asJson(checks), ...(keys === null ? {} : { lastKeys: asJson(keys) }) },
      }),
    );
  }

  const check: IdentityProviders["check"] = async (scope, raw) => {
    requireOnTenant(scope, "idp.write");
    const input = parse(checkIdentityProviderInput, raw);
    ({ idpAllowedRanges, idpCertificates } = await callingSettings(data));
    const algorithms = input.spec?.algorithms;
    const found = await discoverProvider(http, providerInput(input), { clock, tenant: scope.tenantId, ...(algorithms ? { algorithms } : {}) });
    const issuer = found.provider?.issuer ?? input.issuer;
    const checks: Check[] = [...found.checks];
    const asked = input.spec?.introspection ?? null;
    if (asked !== null) {
      // Of a document with another issuer nothing is believed, neither by nodes.
      const own = found.checks.some(({ id, result }) => id === "issuer" && result === "pass");
      const discovered = own ? (found.provider?.introspectionEndpoint ?? null) : null;
      checks.push(await checkIntrospectionEndpoint(http, { configured: asked.endpoint ?? null, discovered }));
    }
    if (issuer !== undefined) {
      const candidate = { issuer, audiences: input.spec?.audiences ?? [], tenantClaim: input.spec?.tenantClaim ?? null };
      checks.push(await withFleet(data.fleet, (tx) => isolationCheck(tx, scope, candidate)));
    }
    const result = { checks, found: found.provider };
    if (input.name !== undefined) await keep(scope, input.name, result);
    return result;
  };

  return {
    check,
    async purgeKeys(scope, raw) {
      requireOnTenant(scope, "idp.write");
      const { name, reason } = parse(purgeKeysInput, raw);
      const { tenantId, slug, actor } = scope;
      await lane(async (tx) => {
        await lockTenant(tx, tenantId);
        const at = new Date(clock.now());
        // Those that were seen last are no seed any more: a node that starts must not be told of them.
        const data = { keysPurgedAt: at, lastKeys: Prisma.DbNull };
        const { count } = await tx.identityProvider.updateMany({ where: { tenantId, name }, data });
        if (count === 0) throw notFound("identity provider");
        const entry = { action: "identity_provider.purge_keys", targetKind: "IdentityProvider", targetName: name, tenantSlug: slug };
        await recordAudit(tx, actor, [entry], at);
        const id = await recordRevocation(tx, actor, { kind: "idp_keys", of: { tenantId, slug }, name, reason }, at);
        await recordCarried(tx, [id], await reissue(tx, actor, `Keys of ${slug}/${name} are forgotten and fetched anew`));
      });
    },
    close: () => http.close(),
    async create(scope, raw) {
      const { name, spec } = parse(createIdentityProviderInput, raw);
      const row = await objects.put(scope, "IdentityProvider", name, { spec, version: null });
      const { issuer, keys, audiences, algorithms, introspection, tenantClaim } = row.spec;
      const where = keys.kind === "discovery" && keys.url !== undefined ? { url: keys.url } : { issuer };
      const { checks } = await check(scope, { ...where, name, spec: { audiences, algorithms, introspection, tenantClaim } });
      return { row, checks };
    },
  };
}
