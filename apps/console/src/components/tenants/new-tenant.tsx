"use client";

import { tenantSlug, tenantSpec } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { z } from "zod";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";

const newTenant = z.strictObject({ slug: tenantSlug, ...tenantSpec.shape });

/** Adds a tenant to the draft. */
export function NewTenant() {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const create = useMutation(trpc.tenants.create.mutationOptions());
  const spec = useSpecForm({
    schema: newTenant,
    values: { slug: "", displayName: "", plan: "standard", status: "active", domains: [] },
    version: null,
    save: ({ slug, ...rest }) => create.mutateAsync({ slug, spec: rest }),
    onSaved: () => {
      const slug = spec.form.getValues("slug");
      notify({ title: `${slug} is in the draft` });
      void client.invalidateQueries();
      router.push(`/tenants/${slug}`);
    },
  });
  const { register, watch, setValue, formState } = spec.form;
  const error = (name: keyof typeof formState.errors) => formState.errors[name]?.message;
  return (
    <>
      <PageHead
        title="Add a tenant"
        answer="It goes into the draft. Nothing reaches a node before it is published."
        actions={
          <>
            <LinkButton variant="ghost" href="/tenants">
              Cancel
            </LinkButton>
            <Button variant="primary" type="submit" form="new-tenant" busy={spec.saving}>
              Add tenant
            </Button>
          </>
        }
      />
      <div className="pad">
        <FormFrame spec={spec} what="The tenant" id="new-tenant" className="max-w-120">
          <div className="fields">
            <TextField
              label="Slug"
              mono
              autoFocus
              autoCapitalize="none"
              spellCheck={false}
              hint="1–63 of a–z, 0–9 and -. It names the tenant in hosts and paths, and never changes."
              error={error("slug")}
              {...register("slug")}
            />
            <TextField label="Display name" hint="Shown to people only" error={error("displayName")} {...register("displayName")} />
            <TextField label="Plan" mono hint="Fleet-wide rate limits can name it" error={error("plan")} {...register("plan")} />
            <ListField
              label="Custom domains"
              hint="Hosts that name this tenant, one a line; lower case, no scheme or port. Leave it empty to use a subdomain or a path."
              value={watch("domains") ?? []}
              error={error("domains")}
              onChange={(domains) => setValue("domains", domains, { shouldDirty: true })}
            />
          </div>
        </FormFrame>
      </div>
    </>
  );
}
