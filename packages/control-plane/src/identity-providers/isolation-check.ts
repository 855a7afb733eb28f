import type { FleetTransaction } from "@sallyport/data";
import { identityProviderSpec } from "@sallyport/snapshot";
import type { TenantScope } from "../access/scope.js";

/** A row of the registration wizard; idp-client's own rows have the same shape. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly result: "pass" | "fail" | "warn" | "skip";
  /** What was found. */
  readonly detail: string;
  readonly cause?: string;
  readonly fix?: string;
  readonly compare?: { readonly configured: string; readonly document: string };
  readonly ms: number;
}

interface Candidate {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly tenantClaim: { readonly claim: string; readonly value: string } | null;
}

const ID = "isolation";
const TITLE = "No other tenant accepts its tokens";

/**
 * Whether a token of this provider could be good at another tenant as well (BEHAVIOUR §4). Publishing proves it for the whole
 * fleet; this says it while the form is open. Other tenants are named only to those who may read them all.
 */
export async function isolationCheck(tx: FleetTransaction, scope: TenantScope, candidate: Candidate): Promise<Check> {
  const began = performance.now();
  const finish = (row: Omit<Check, "id" | "title" | "ms">): Check => ({ id: ID, title: TITLE, ...row, ms: Math.round(performance.now() - began) });
  const { issuer, audiences, tenantClaim } = candidate;
  const rows = await tx.identityProvider.findMany({
    where: {
      issuer,
      status: "enabled",
      tenantId: { not: scope.tenantId },
      ...(audiences.length > 0 ? { audiences: { hasSome: [...audiences] } } : {}),
    },
    select: { spec: true, tenant: { select: { slug: true } } },
    orderBy: { tenant: { slug: "asc" } },
  });
  if (rows.length === 0)
    return finish({ result: "pass", detail: `No other tenant accepts ${issuer}${audiences.length > 0 ? " for these audiences" : ""}.` });
  const who = scope.actor.grants.fleet.has("tenant.read") ? [...new Set(rows.map(({ tenant }) => tenant.slug))].join(", ") : "Another tenant";
  const detail = `${who} accepts ${issuer}${audiences.length > 0 ? " for one of these audiences" : ""}.`;
  if (audiences.length === 0)
    return finish({ result: "warn", detail, cause: "The issuer is shared.", fix: "Give this tenant an audience of its own, or a tenant claim." });
  const others = rows.map(({ spec }) => identityProviderSpec.parse(spec).tenantClaim);
  if (tenantClaim !== null && others.every((other) => other !== null && other.claim === tenantClaim.claim && other.value !== tenantClaim.value))
    return finish({ result: "pass", detail: `${detail} The claim ${tenantClaim.claim} tells them apart.` });
  return finish({
    result: "fail",
    detail,
    cause: "A token that both accept would cross the border between them, so publishing refuses it.",
    fix: "Set a tenant claim at both, under one name and with different values, or give this tenant an audience of its own.",
  });
}
