"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import type { DegradationRow, PropagationRow, RateLimitRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { DegradationEditor } from "./degradation-editor";
import { PropagationEditor } from "./propagation-editor";
import { RateLimitEditor } from "./rate-limit-editor";

/** One policy of a tenant; `row` null adds. */
export type TenantPolicyRow =
  | { readonly segment: "rate-limits"; readonly row: RateLimitRow | null }
  | { readonly segment: "propagation"; readonly row: PropagationRow | null }
  | { readonly segment: "degradation"; readonly row: DegradationRow | null };

/** The editor that fits a policy's kind. */
export function TenantPolicy({ slug, policy, routes }: { slug: string; policy: TenantPolicyRow; routes: readonly string[] }) {
  const { objects } = useTRPC();
  const putLimit = useMutation(objects.rateLimitPolicies.put.mutationOptions());
  const removeLimit = useMutation(objects.rateLimitPolicies.remove.mutationOptions());
  const putPropagation = useMutation(objects.propagationPolicies.put.mutationOptions());
  const removePropagation = useMutation(objects.propagationPolicies.remove.mutationOptions());
  const putDegradation = useMutation(objects.degradationPolicies.put.mutationOptions());
  const removeDegradation = useMutation(objects.degradationPolicies.remove.mutationOptions());
  const of = { slug, name: policy.row?.name ?? "" };
  const enabled = policy.row !== null;
  const limitSource = useQuery(objects.rateLimitPolicies.source.queryOptions(of, { enabled: enabled && policy.segment === "rate-limits" }));
  const propagationSource = useQuery(objects.propagationPolicies.source.queryOptions(of, { enabled: enabled && policy.segment === "propagation" }));
  const source = policy.segment === "rate-limits" ? limitSource : propagationSource;
  const where = { owner: slug, back: `/tenants/${slug}/policies` };
  switch (policy.segment) {
    case "rate-limits":
      return (
        <RateLimitEditor
          {...where}
          row={policy.row}
          routes={routes}
          saving={{
            source: source.data,
            put: (name, spec, version, written) => putLimit.mutateAsync({ slug, name, spec, version, source: written }),
            remove: (name, version) => removeLimit.mutateAsync({ slug, name, version }),
          }}
        />
      );
    case "propagation":
      return (
        <PropagationEditor
          {...where}
          row={policy.row}
          saving={{
            source: source.data,
            put: (name, spec, version, written) => putPropagation.mutateAsync({ slug, name, spec, version, source: written }),
            remove: (name, version) => removePropagation.mutateAsync({ slug, name, version }),
          }}
        />
      );
    case "degradation":
      return (
        <DegradationEditor
          {...where}
          row={policy.row}
          saving={{
            put: (name, spec, version) => putDegradation.mutateAsync({ slug, name, spec, version }),
            remove: (name, version) => removeDegradation.mutateAsync({ slug, name, version }),
          }}
        />
      );
    default:
      return policy satisfies never;
  }
}
