import type { FleetTransaction } from "@sallyport/data";
import type { DraftValidation } from "../draft/draft.js";
import { readRows } from "../rollouts/rollout-rows.js";
import { findUnsettled } from "../rollouts/unsettled-rollout.js";
import { type Finding, found, NOTHING, type Outcome } from "./finding.js";

const NAMED = 3;

/** Slugs as people read them: `acme, globex and 4 more`. */
function listed(slugs: readonly string[], total: number): string {
  const rest = total - slugs.length;
  return rest > 0 ? `${slugs.join(", ")} and ${rest} more` : slugs.join(", ");
}

/** One finding, however many tenants there are: a fresh installation of thousands must not make a list of thousands. */
export async function tenantsWithoutProvider(tx: FleetTransaction): Promise<Outcome> {
  const rows = await tx.$queryRaw<{ slug: string; total: number }[]>`
    select slug, count(*) over ()::int as total from tenant
    where status = 'active' and deleted_at is null
      and not exists (select from identity_provider p where p.tenant_id = tenant.id and p.status = 'enabled')
    order by slug limit ${NAMED}`;
  const [first] = rows;
  if (first === undefined) return NOTHING;
  const one = first.total === 1;
  const slugs = rows.map(({ slug }) => slug);
  return found([
    {
      subject: "tenants",
      title: one ? `${first.slug} has no identity provider` : `${first.total} tenants have no identity provider`,
      detail: one ? "Every token is refused there." : `Every token is refused at ${listed(slugs, first.total)}.`,
      since: null,
      fix: one
        ? { label: "Add an identity provider", href: `/tenants/${first.slug}/identity-providers/new` }
        : { label: "Show these tenants", href: "/tenants?state=no-idp" },
    },
  ]);
}

/** @param validation of the draft; null when there is nothing to publish */
export function draftFindings(validation: DraftValidation | null): Outcome {
  const [first] = validation?.errors ?? [];
  if (validation === null || first === undefined) return NOTHING;
  const more = validation.errors.length > 1 ? ` (and ${validation.errors.length - 1} more)` : "";
  const finding: Finding = {
    subject: "draft",
    title: "The draft cannot be published as a whole",
    detail: `${first.path}: ${first.message}${more}`,
    since: null,
    fix: { label: "Review the draft", href: "/draft" },
  };
  return found([finding]);
}

export async function haltedRollouts(tx: FleetTransaction): Promise<Outcome> {
  const rollout = await findUnsettled(tx);
  if (rollout === null || rollout.state !== "halted") return NOTHING;
  const [row] = await readRows(tx, [rollout]);
  const why = row?.halted;
  return found([
    {
      subject: String(rollout.revision),
      title: `The rollout of revision ${rollout.revision} has halted`,
      detail: `${why ? `Because ${why}.` : "Its reason is not known."} The nodes of later stages keep the old content.`,
      since: rollout.haltedAt,
      fix: { label: "Open the rollout", href: `/rollouts/${rollout.revision}` },
    },
  ]);
}
