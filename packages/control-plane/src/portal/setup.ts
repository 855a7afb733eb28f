import { type FleetTransaction, withFleet } from "@sallyport/data";
import { FLEET_SECTION, type FleetSpec, type TenantSection, tenantSectionName } from "@sallyport/snapshot";
import { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { readDraft } from "../objects/read-draft.js";
import { hashOfSection } from "../publish/manifest.js";
import type { RevisionParts } from "../publish/revision-parts.js";

/** An identity provider, as far as the checklist asks. */
export interface SetupProvider {
  readonly name: string;
  readonly issuer: string;
  readonly enabled: boolean;
  /** Null: nobody has checked it since it was registered. */
  readonly checkedAt: Date | null;
  /** Checks of the last time that failed. */
  readonly failed: number;
  /** Nodes have it as it stands in the draft. */
  readonly isLive: boolean;
}

/** How far a tenant is, from what is stored and from what nodes told. */
export interface PortalSetup {
  readonly providers: readonly SetupProvider[];
  /** Where the tenant is reached; null where a node's own address is needed for it. */
  readonly address: string | null;
  /** Below that address, or below a node's: `/` or `/tenants/acme/`. */
  readonly path: string;
  /** Routes that take a token. */
  readonly protectedRoutes: number;
  readonly isPublished: boolean;
  readonly isSuspended: boolean;
  /** Nodes may be behind by seconds: they tell of decisions in batches. */
  readonly firstAllowedAt: Date | null;
  readonly lastAllowedAt: Date | null;
  readonly refused24h: number;
}

/** What the portal shows of a tenant's way to the first request. */
export type ReadPortalSetup = (scope: TenantScope) => Promise<PortalSetup>;

const DAY_MS = 86_400_000;
/** Of a stored check; anything else in its place has not failed. */
const storedChecks = z.array(z.looseObject({ result: z.string() })).catch([]);

/** How nodes tell this tenant's requests from others' (BEHAVIOUR §2): a domain of its own, a subdomain, or the path. */
function addressOf({ slug, domains }: Pick<TenantSection, "slug" | "domains">, settings: FleetSpec): Pick<PortalSetup, "address" | "path"> {
  const [domain] = domains;
  if (domain !== undefined) return { address: `https://${domain}`, path: "/" };
  const [base] = settings.baseDomains;
  if (base !== undefined && settings.resolution.includes("subdomain")) return { address: `https://${slug}.${base}`, path: "/" };
  return { address: null, path: `${settings.tenantPathPrefix}/${slug}/` };
}

const takesTokens = ({ authentication }: TenantSection["routes"][string]): boolean =>
  authentication.mode === "required" && authentication.authenticators.includes("bearer");

async function decisionsOf(tx: FleetTransaction, slug: string, since: Date) {
  const [row] = await tx.$queryRaw<{ first: Date | null; last: Date | null; refused: number }[]>`
    SELECT min(minute) FILTER (WHERE result = 'allow') AS first, max(minute) FILTER (WHERE result = 'allow') AS last,
           coalesce(sum(count) FILTER (WHERE result <> 'allow' AND minute >= ${since}), 0)::float8 AS refused
    FROM decision_count WHERE tenant_slug = ${slug}`;
  return { firstAllowedAt: row?.first ?? null, lastAllowedAt: row?.last ?? null, refused24h: row?.refused ?? 0 };
}

export function createPortalSetup(
  { data, clock }: Pick<ControlPlaneDeps, "data" | "clock">,
  { readLive, sections }: Pick<RevisionParts, "readLive" | "sections">,
): ReadPortalSetup {
  return async (scope) => {
    requireOnTenant(scope, "tenant.read");
    const { tenantId, slug } = scope;
    return await withFleet(data.fleet, async (tx) => {
      const manifest = (await readLive(tx))?.manifest ?? {};
      const hash = manifest[tenantSectionName(slug)];
      const fleetHash = manifest[FLEET_SECTION];
      const stored = await sections.get(
        tx,
        [hash, fleetHash].filter((each) => each !== undefined),
      );
      const liveSection = stored.get(hash ?? "");
      const live = liveSection?.kind === "tenant" ? liveSection : null;
      const liveFleet = stored.get(fleetHash ?? "");
      const draft = await readDraft(tx, { tenants: [slug] });
      const own = draft.tenants.get(slug) ?? live;
      if (own === null) throw notFound("tenant");
      const settings = (liveFleet?.kind === "fleet" ? liveFleet : draft.fleet).settings;
      const rows = await tx.identityProvider.findMany({
        where: { tenantId },
        select: { name: true, issuer: true, status: true, lastCheckedAt: true, lastCheck: true },
        orderBy: { name: "asc" },
      });
      const same = (name: string): boolean => {
        const [is, was] = [own.identityProviders[name], live?.identityProviders[name]];
        if (is === undefined || was === undefined) return false;
        const only = (spec: typeof is) => hashOfSection({ ...own, identityProviders: { [name]: spec } });
        return only(is) === only(was);
      };
      const suspended = await tx.revocation.count({ where: { tenantId, kind: "suspension", endedAt: null } });
      return {
        providers: rows.map(({ name, issuer, status, lastCheckedAt, lastCheck }) => ({
          ...{ name, issuer, enabled: status === "enabled", checkedAt: lastCheckedAt, isLive: same(name) },
          failed: storedChecks.parse(lastCheck).filter(({ result }) => result === "fail").length,
        })),
        ...addressOf(own, settings),
        protectedRoutes: Object.values((live ?? own).routes).filter(takesTokens).length,
        isPublished: live !== null,
        isSuspended: suspended > 0 || own.status === "suspended",
        ...(await decisionsOf(tx, slug, new Date(clock.now() - DAY_MS))),
      };
    });
  };
}
