import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/states";
import type { RevocationFilters, Shown } from "./shown";

const NOTHING = {
  all: "Nothing matches",
  spreading: "Everything is in effect at every node",
  in_force: "Nothing of it is in force",
  past: "Nothing of it has ended yet",
} as const satisfies Record<Shown, string>;

/** Why a list of revocations is empty. */
export function NoRevocations({ slug, filters, onClear }: { slug: string | null; filters: RevocationFilters; onClear: () => void }) {
  const { show, kind, tenant } = filters;
  if (show === "all" && kind === "any" && tenant === "")
    return (
      <EmptyState title={slug === null ? "Nothing was revoked yet" : `Nothing of ${slug} was revoked yet`}>
        A stolen token, all older tokens of a subject, or a whole tenant can be refused at every node within two seconds, without a publish. API keys
        that are revoked, sessions that are ended, purges of a provider's keys and revoked nodes stand here, too.
      </EmptyState>
    );
  return (
    <EmptyState
      title={tenant === "" ? NOTHING[show] : `Nothing of “${tenant}” matches`}
      action={
        <Button size="sm" onClick={onClear}>
          Clear the filters
        </Button>
      }
    >
      {tenant === "" ? "The filters may hide revocations." : "Write the tenant's whole slug; the filters may hide revocations."}
    </EmptyState>
  );
}
