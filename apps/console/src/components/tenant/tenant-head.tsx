"use client";

import { useQuery } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { Badge } from "@/ui/status";
import { TabLinks } from "@/ui/tab-links";
import { Time } from "@/ui/time";
import { useTenant } from "./use-tenant";

/** The head of every page of a tenant: its name, its state, what waits in the draft, and the tabs. */
export function TenantHead() {
  const trpc = useTRPC();
  const { can } = useMe();
  const tenant = useTenant();
  const { slug, spec, counts } = tenant;
  const diff = useQuery(trpc.draft.diff.queryOptions({ tenant: slug }, { enabled: can("draft.read"), refetchInterval: 10_000 }));
  const section = diff.data?.sections.find((candidate) => candidate.tenant === slug);
  const edits = section?.objects.length ?? 0;
  const base = `/tenants/${slug}`;
  return (
    <>
      <PageHead
        title={slug}
        beside={
          <>
            {section && <Badge tone="draft">{section.change === "added" ? "Draft only" : `${countOf(edits, "edit")} in draft`}</Badge>}
            {tenant.suspension ? (
              <Badge tone="fail">Suspended at the nodes</Badge>
            ) : (
              spec.status === "suspended" && <Badge tone="fail">Suspended</Badge>
            )}
            {diff.data && section?.change !== "added" && spec.status === "active" && tenant.suspension === null && (
              <Badge tone="ok">Live{diff.data.base ? ` in ${diff.data.base}` : ""}</Badge>
            )}
          </>
        }
        answer={
          <>
            {spec.displayName}, plan <code>{spec.plan}</code>, added <Time at={tenant.createdAt} as="phrase" />
          </>
        }
        actions={
          section && (
            <LinkButton variant="primary" href={`/draft?tenant=${slug}`}>
              Review {section.change === "added" ? (can("revision.publish") ? "and publish" : "the draft") : countOf(edits, "edit")}
            </LinkButton>
          )
        }
      />
      <TabLinks
        label={`Pages of ${slug}`}
        tabs={[
          { href: base, label: "Overview" },
          { href: `${base}/identity-providers`, label: "Identity providers", count: counts.IdentityProvider },
          { href: `${base}/routes`, label: "Routes", count: counts.Route },
          { href: `${base}/policies`, label: "Policies", count: counts.RateLimitPolicy + counts.PropagationPolicy + counts.DegradationPolicy },
          { href: `${base}/tests`, label: "Tests", count: counts.PolicyTest },
          { href: `${base}/secrets`, label: "Secrets", count: counts.Secret },
          { href: `${base}/api-keys`, label: "API keys", count: tenant.apiKeys },
          { href: `${base}/sessions`, label: "Sessions" },
          { href: `${base}/lockouts`, label: "Lockouts" },
          { href: `${base}/revocations`, label: "Revocations" },
          { href: `${base}/certificates`, label: "Certificates" },
          { href: `${base}/domains`, label: "Domains", count: spec.domains.length },
          { href: `${base}/portal`, label: "Portal access" },
          { href: `${base}/activity`, label: "Activity" },
          { href: `${base}/settings`, label: "Settings" },
        ]}
      />
    </>
  );
}
