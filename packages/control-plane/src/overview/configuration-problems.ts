import type { FleetTransaction } from "@sallyport/data";
import type { DraftValidation } from "../draft/draft.js";
import type { Problem } from "./node-problems.js";

const NAMED = 3;

/** Slugs as people read them: `acme, globex and 4 more`. */
function listed(slugs: readonly string[], total: number): string {
  const rest = total - slugs.length;
  return rest > 0 ? `${slugs.join(", ")} and ${rest} more` : slugs.join(", ");
}

/** Active tenants that let nobody in, because they have no identity provider that is enabled. */
async function tenantsWithoutProvider(tx: FleetTransaction): Promise<Problem[]> {
  const rows = await tx.$queryRaw<{ slug: string; total: number }[]>`
    select slug, count(*) over ()::int as total from tenant
    where status = 'active' and deleted_at is null
      and not exists (select from identity_provider p where p.tenant_id = tenant.id and p.status = 'enabled')
    order by slug limit ${NAMED}`;
  const [first] = rows;
  if (first === undefined) return [];
  const one = first.total === 1;
  return [
    {
      id: "tenants/no-identity-provider",
      severity: "low",
      title: one ? `${first.slug} has no identity provider` : `${first.total} tenants have no identity provider`,
      detail: one
        ? "Every token is refused there."
        : `Every token is refused at ${listed(
            rows.map(({ slug }) => slug),
            first.total,
          )}.`,
      since: null,
      fix: one
        ? { label: "Add an identity provider", href: `/tenants/${first.slug}/identity-providers/new` }
        : { label: "Show these tenants", href: "/tenants?state=no-idp" },
    },
  ];
}

function draftProblems(validation: DraftValidation): Problem[] {
  const [first] = validation.errors;
  if (first === undefined) return [];
  const more = validation.errors.length > 1 ? ` (and ${validation.errors.length - 1} more)` : "";
  return [
    {
      id: "draft/invalid",
      severity: "medium",
      title: "The draft cannot be published as a whole",
      detail: `${first.path}: ${first.message}${more}`,
      since: null,
      fix: { label: "Review the draft", href: "/draft" },
    },
  ];
}

/** What is wrong with what is declared. @param validation of the draft; null when there is nothing to publish */
export async function configurationProblems(tx: FleetTransaction, validation: DraftValidation | null): Promise<Problem[]> {
  return [...(validation === null ? [] : draftProblems(validation)), ...(await tenantsWithoutProvider(tx))];
}
