"use client";

import { useQueries, useQuery } from "@tanstack/react-query";
import { stringify } from "yaml";
import type { SectionChange } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { SkeletonRows } from "@/ui/states";
import { YamlDiff } from "@/ui/yaml-diff";

/** One text for one configuration, however its members are ordered. */
const yamlOf = (value: unknown): string => stringify(value, { sortMapEntries: true, lineWidth: 0 });

/** Names and specs as the map that a section has. */
const byName = (rows: readonly { name: string; spec: unknown }[] | undefined) => Object.fromEntries((rows ?? []).map((row) => [row.name, row.spec]));

function useLive(section: SectionChange, base: number | null) {
  const trpc = useTRPC();
  const known = base !== null && section.change !== "added" && !section.name.startsWith("groups/");
  const live = useQuery(trpc.revisions.section.queryOptions({ number: base ?? 1, section: section.name }, { enabled: known }));
  return { pending: known && live.isPending, text: live.data ? yamlOf(live.data.body) : "" };
}

function useTenantDraft(slug: string, enabled: boolean) {
  const trpc = useTRPC();
  const { objects } = trpc;
  const tenant = useQuery(trpc.tenants.get.queryOptions({ slug }, { enabled }));
  const [secrets, providers, upstreams, routes, limits] = useQueries({
    queries: [
      objects.secrets.list.queryOptions({ slug }, { enabled }),
      objects.identityProviders.list.queryOptions({ slug }, { enabled }),
      objects.upstreams.list.queryOptions({ slug }, { enabled }),
      objects.routes.list.queryOptions({ slug }, { enabled }),
      objects.rateLimitPolicies.list.queryOptions({ slug }, { enabled }),
    ],
  });
  const propagation = useQuery(objects.propagationPolicies.list.queryOptions({ slug }, { enabled }));
  const degradation = useQuery(objects.degradationPolicies.list.queryOptions({ slug }, { enabled }));
  const all = [tenant, secrets, providers, upstreams, routes, limits, propagation, degradation];
  if (!enabled) return { pending: false, text: "" };
  if (all.some((query) => query.isPending)) return { pending: true, text: "" };
  return {
    pending: false,
    text: yamlOf({
      kind: "tenant",
      slug,
      plan: tenant.data?.spec.plan,
      status: tenant.data?.spec.status,
      domains: tenant.data?.spec.domains,
      secrets: byName(secrets.data),
      identityProviders: byName(providers.data),
      upstreams: byName(upstreams.data),
      routes: byName(routes.data),
      rateLimitPolicies: byName(limits.data),
      propagationPolicies: byName(propagation.data),
      degradationPolicies: byName(degradation.data),
    }),
  };
}

function useFleetDraft(enabled: boolean) {
  const trpc = useTRPC();
  const settings = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled }));
  const policies = useQuery(trpc.fleet.policies.list.queryOptions(undefined, { enabled }));
  if (!enabled) return { pending: false, text: "" };
  if (settings.isPending || policies.isPending) return { pending: true, text: "" };
  return { pending: false, text: yamlOf({ kind: "fleet", settings: settings.data?.spec, rateLimitPolicies: byName(policies.data) }) };
}

/** A section as the nodes have it and as they would get it, in one text. */
export default function SectionYaml({ section, base }: { section: SectionChange; base: number | null }) {
  const live = useLive(section, base);
  const tenant = useTenantDraft(section.tenant ?? "none", section.tenant !== null && section.change !== "removed");
  const fleet = useFleetDraft(section.name === "fleet");
  if (live.pending || tenant.pending || fleet.pending) return <SkeletonRows rows={6} />;
  if (section.name.startsWith("groups/"))
    return (
      <YamlDiff
        title={section.name}
        before={yamlOf(section.objects.flatMap((object) => object.fields.map((field) => ({ [field.path]: field.before }))))}
        after={yamlOf(section.objects.flatMap((object) => object.fields.map((field) => ({ [field.path]: field.after }))))}
      />
    );
  return <YamlDiff title={`${section.name}.yaml`} before={live.text} after={section.tenant ? tenant.text : fleet.text} />;
}
