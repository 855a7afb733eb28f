import { type DataTransaction, withTenant } from "@sallyport/data";
import { type Kind, tenantSectionName } from "@sallyport/snapshot";
import type { z } from "zod";
import { requireFleetGrant, requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { asksForApproval } from "../approvals/asked-for.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { sectionChange } from "../draft/section-changes.js";
import { ServiceError, type ServiceErrorCode } from "../errors.js";
import { readDraft } from "../objects/read-draft.js";
import { hashOfSection } from "../publish/manifest.js";
import { publishInput } from "../publish/publish.schemas.js";
import type { PublisherParts } from "../publish/publisher.js";
import type { Publishing } from "../publish/publishing.js";
import { parse } from "../validation.js";
import { portalGoesLiveInput } from "./portal.schemas.js";

/**
 * Why a change is in the draft only. `operator`: the tenant's setting says so. `first`: the tenant was never published. `second_person`: the
 * installation asks for one. `other_changes`: somebody else's are in the tenant's draft, too. `review`: it weakens something, or policy tests
 * fail. `rollout`: another one is under way. `refused`: it does not compile beside everything else. What exactly is the operators' to see.
 */
export type WaitsFor = "operator" | "first" | "second_person" | "other_changes" | "review" | "rollout" | "refused";

export type PortalRelease = { readonly live: true } | { readonly live: false; readonly waitsFor: WaitsFor };

/** What becomes of what is saved in the portal. */
export interface PortalChanges {
  /** Whether the tenant's changes go live by themselves. */
  goesLive(scope: TenantScope): Promise<boolean>;
  /** @throws ServiceError `forbidden` for those who may not publish themselves: it hands that on; `conflict` when `was` no longer stands */
  setGoesLive(scope: TenantScope, input: z.input<typeof portalGoesLiveInput>): Promise<{ goesLive: boolean }>;
  /**
   * Publishes what was changed of the tenant's identity providers, and nothing else, where its setting says so. It is judged like every publish;
   * whatever asks for a person's consent waits for one.
   */
  release(scope: TenantScope, what: string): Promise<PortalRelease>;
}

/** What a refused publish waits for; the refusal itself may name others, and goes to the log only. */
const WAITS_FOR: Partial<Record<ServiceErrorCode, WaitsFor>> = { unconfirmed: "review", precondition: "rollout" };

/** Kinds of objects that the portal writes. */
const OF_PORTAL: ReadonlySet<Kind> = new Set<Kind>(["IdentityProvider", "Secret"]);

const waits = (waitsFor: WaitsFor): PortalRelease => ({ live: false, waitsFor });

async function readSetting(tx: DataTransaction, tenantId: string): Promise<boolean> {
  return (await tx.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { portalGoesLive: true } })).portalGoesLive;
}

export function createPortalChanges(deps: ControlPlaneDeps, parts: PublisherParts, publishing: Publishing): PortalChanges {
  const { data, clock, log } = deps;

  async function publish(scope: TenantScope, what: string): Promise<PortalRelease> {
    const { tenantId, slug, actor } = scope;
    const section = tenantSectionName(slug);
    const signing = await parts.material();
    return await parts.lane(async (tx) => {
      if (!(await readSetting(tx, tenantId))) return waits("operator");
      if (await asksForApproval(tx)) return waits("second_person");
      const live = await parts.readLive(tx);
      const hash = live?.manifest[section];
      if (live === null || hash === undefined) return waits("first");
      const own = (await readDraft(tx, { tenants: [slug] })).tenants.get(slug);
      if (own !== undefined && hashOfSection(own) === hash) return { live: true };
      const wanted = parse(publishInput, { comment: `Portal, ${actor.name}: ${what}`.slice(0, 500), base: live.number, sections: [section] });
      const prepared = await publishing.prepare(tx, wanted, signing);
      // Asked of what is about to be published, not of what was read before: an operator may be saving at this moment.
      const before = (await parts.sections.get(tx, [hash])).get(hash);
      const { objects } = sectionChange(section, before, prepared.draft.section(section));
      if (prepared.changed.some((name) => name !== section) || objects.some(({ kind }) => !OF_PORTAL.has(kind))) return waits("other_changes");
      await publishing.write(tx, actor, prepared, { unapproved: null }, signing);
      return { live: true };
    });
  }

  return {
    async goesLive(scope) {
      requireOnTenant(scope, "tenant.read");
      return await withTenant(data.app, scope.tenantId, (tx) => readSetting(tx, scope.tenantId));
    },

    async setGoesLive(scope, raw) {
      requireOnTenant(scope, "portal.write");
      const { goesLive, was } = parse(portalGoesLiveInput, raw);
      const { tenantId, actor, slug } = scope;
      requireFleetGrant(actor, "revision.publish");
      return await withTenant(data.app, tenantId, async (tx) => {
        const { count } = await tx.tenant.updateMany({ where: { id: tenantId, portalGoesLive: was }, data: { portalGoesLive: goesLive } });
        if (count === 0) throw new ServiceError("conflict", "Somebody changed it meanwhile. Look again, then save.", { current: { goesLive: !was } });
        const entry = { action: "tenant.portal_changes", targetKind: "Tenant", targetName: slug, tenantSlug: slug };
        if (goesLive !== was) await recordAudit(tx, actor, [{ ...entry, before: { goesLive: was }, after: { goesLive } }], new Date(clock.now()));
        return { goesLive };
      });
    },

    async release(scope, what) {
      requireOnTenant(scope, "idp.write");
      // Most wait, and need not stand in line with those who publish; asked again where it counts.
      if (!(await withTenant(data.app, scope.tenantId, (tx) => readSetting(tx, scope.tenantId)))) return waits("operator");
      try {
        return await publish(scope, what);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { code, message } = error;
        log.info({ tenant: scope.slug, requestId: scope.actor.requestId, code, refusal: message }, "a change of the portal waits for an operator");
        return waits(WAITS_FOR[code] ?? "refused");
      }
    },
  };
}
