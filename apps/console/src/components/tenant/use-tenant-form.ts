"use client";

import { tenantSpec } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useTRPC } from "@/trpc/client";
import { notify } from "@/ui/toast";
import { useTenant } from "./use-tenant";

/** The form over a tenant's own spec, saved to the draft. */
export function useTenantForm(saved: string) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const tenant = useTenant();
  const update = useMutation(trpc.tenants.update.mutationOptions());
  const spec = useSpecForm({
    schema: tenantSpec,
    values: tenant.spec,
    version: tenant.version,
    save: (document, version) => update.mutateAsync({ slug: tenant.slug, spec: document, version: version ?? tenant.version }),
    onSaved: () => {
      notify({ title: saved });
      void client.invalidateQueries();
    },
  });
  return { tenant, spec };
}
