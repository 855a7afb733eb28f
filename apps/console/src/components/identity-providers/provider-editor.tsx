"use client";

import { identityProviderSpec } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { ProviderRadar } from "@/components/radar/provider-radar";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import type { IdentityProviderRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";
import { AdvancedFields } from "./advanced-fields";
import { DiscoveryChecks } from "./discovery-checks";
import { ProviderFields } from "./provider-fields";

/** Edits one identity provider of the draft, with the checks beside the form. */
export function ProviderEditor({ slug, row }: { slug: string; row: IdentityProviderRow }) {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const { can } = useMe();
  const put = useMutation(trpc.objects.identityProviders.put.mutationOptions());
  const remove = useMutation(trpc.objects.identityProviders.remove.mutationOptions());
  const purge = useMutation(trpc.identityProviders.purgeKeys.mutationOptions());
  const discovery = useMutation(trpc.identityProviders.check.mutationOptions());
  const back = `/tenants/${slug}/identity-providers`;
  const leave = (title: string) => {
    notify({ title });
    void client.invalidateQueries();
    router.push(back);
  };
  const spec = useSpecForm({
    schema: identityProviderSpec,
    values: row.spec,
    version: row.version,
    save: (document, version) => put.mutateAsync({ slug, name: row.name, spec: document, version }),
    onSaved: () => leave(`${row.name} is changed in the draft`),
  });
  const check = () => discovery.mutate({ slug, issuer: spec.form.getValues("issuer"), spec: spec.form.getValues() });
  const editable = can("idp.write");
  return (
    <>
      <PageHead
        title={row.name}
        answer={`Identity provider of ${slug}. Nothing reaches a node before it is published.`}
        actions={
          editable && (
            <>
              <RemoveButton
                what={row.name}
                consequence="Tokens of this issuer are refused as soon as it is published."
                onRemove={async () => {
                  await remove.mutateAsync({ slug, name: row.name, version: row.version });
                  leave(`${row.name} is removed from the draft`);
                }}
              />
              <LinkButton href={back}>Cancel</LinkButton>
              <Button variant="primary" type="submit" form="provider" busy={spec.saving}>
                Save to the draft
              </Button>
            </>
          )
        }
      />
      <div className="rooms split-l s:grid-cols-[minmax(0,372px)_minmax(0,1fr)]">
        <section className="room pt-5">
          <FormFrame spec={spec} what={row.name} id="provider">
            <fieldset className="bare fields" disabled={!editable}>
              <ProviderFields form={spec.form} slug={slug} />
              <AdvancedFields form={spec.form} slug={slug} />
            </fieldset>
          </FormFrame>
        </section>
        <section className="room flush">
          <ProviderRadar slug={slug} name={row.name} />
          <div className="topped" />
          <DiscoveryChecks
            checks={discovery.data?.checks}
            found={discovery.data?.found ?? null}
            busy={discovery.isPending}
            onUseIssuer={(issuer) => spec.form.setValue("issuer", issuer, { shouldDirty: true })}
            onAgain={check}
          />
          {editable && (
            <div className="pad flex flex-wrap gap-2">
              {!discovery.data && (
                <Button onClick={check} busy={discovery.isPending}>
                  Check {row.name} now
                </Button>
              )}
              <RemoveButton
                verb="Purge"
                what={`the keys of ${row.name}`}
                short="the keys"
                consequence="For a signing key that was stolen. Every node forgets the keys now, without a publish, and fetches them anew with the next token. While the provider does not answer, its tokens are refused."
                asksReason
                onRemove={async (reason) => {
                  await purge.mutateAsync({ slug, name: row.name, ...(reason && { reason }) });
                  notify({ title: `The nodes forget the keys of ${row.name}` });
                }}
              >
                Purge keys…
              </RemoveButton>
            </div>
          )}
        </section>
      </div>
    </>
  );
}
