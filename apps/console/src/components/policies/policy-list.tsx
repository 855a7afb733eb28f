"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { degradationWords, propagationWords, rateLimitWords } from "@/lib/policy-words";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Time } from "@/ui/time";
import { LimitUseSection } from "./limit-use-section";
import { LockoutSection } from "./lockout-section";
import { POLICY_KINDS, type PolicySegment } from "./policy-kinds";

interface PolicyLine {
  readonly name: string;
  readonly words: string;
  readonly updatedAt: Date;
}

const STANDARD: Readonly<Record<PolicySegment, string>> = {
  "rate-limits": "No limit of its own: only the fleet's limits apply.",
  propagation: "Routes use the standard: identity headers with their usual names, the credential removed.",
  degradation: "Routes use the standard: known keys for one hour while the provider is away.",
};

function PolicySection({
  segment,
  slug,
  lines,
  pending,
  error,
  retry,
}: {
  segment: PolicySegment;
  slug: string;
  lines: readonly PolicyLine[] | undefined;
  pending: boolean;
  error: unknown;
  retry: () => void;
}) {
  const { can } = useMe();
  const kind = POLICY_KINDS[segment];
  const base = `/tenants/${slug}/policies/${segment}`;
  return (
    <section className="room flush ruled">
      <RoomHead title={kind.title} count={lines?.length || undefined} end={can("policy.write") && <Link href={`${base}/new`}>Add {kind.one}</Link>} />
      <div className="topped">
        {pending ? (
          <SkeletonRows rows={1} />
        ) : !lines ? (
          <FailedState what={kind.title.toLowerCase()} error={error} onRetry={retry} />
        ) : lines.length === 0 ? (
          <EmptyState title={`No ${kind.one}`}>{STANDARD[segment]}</EmptyState>
        ) : (
          <table className="tall">
            <tbody>
              {lines.map((line) => (
                <tr key={line.name}>
                  <td className="w-55">
                    <Link className="b plain" href={`${base}/${line.name}`}>
                      {line.name}
                    </Link>
                  </td>
                  <td className="fill t2" title={line.words}>
                    {line.words}
                  </td>
                  <td className="num t3 hide-s">
                    <Time at={line.updatedAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

/** What limits this tenant, what its upstreams learn, and what happens while a provider is away. */
export function PolicyList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const limits = useQuery(trpc.objects.rateLimitPolicies.list.queryOptions({ slug }));
  const propagation = useQuery(trpc.objects.propagationPolicies.list.queryOptions({ slug }));
  const degradation = useQuery(trpc.objects.degradationPolicies.list.queryOptions({ slug }));
  return (
    <>
      <PolicySection
        segment="rate-limits"
        slug={slug}
        lines={limits.data?.map((row) => ({ ...row, words: rateLimitWords(row.spec) }))}
        pending={limits.isPending}
        error={limits.error}
        retry={() => void limits.refetch()}
      />
      <LimitUseSection />
      <LockoutSection />
      <PolicySection
        segment="propagation"
        slug={slug}
        lines={propagation.data?.map((row) => ({ ...row, words: propagationWords(row.spec) }))}
        pending={propagation.isPending}
        error={propagation.error}
        retry={() => void propagation.refetch()}
      />
      <PolicySection
        segment="degradation"
        slug={slug}
        lines={degradation.data?.map((row) => ({ ...row, words: degradationWords(row.spec) }))}
        pending={degradation.isPending}
        error={degradation.error}
        retry={() => void degradation.refetch()}
      />
    </>
  );
}
