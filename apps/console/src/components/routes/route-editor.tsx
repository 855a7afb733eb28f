"use client";

import { entityName, routeSpec, upstreamSpec } from "@sallyport/snapshot";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { problemOf } from "@/lib/problem";
import type { RouteRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { TextField } from "@/ui/field";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";
import { AuthenticationFields } from "./authentication-fields";
import { CorsFields } from "./cors-fields";
import { ForwardFields, MatchFields } from "./route-fields";
import { type NewUpstream, UpstreamChoice } from "./upstream-choice";
import { UpstreamLoginFields } from "./upstream-login-fields";

const START_NAME = "main";

/** Adds or edits a route of the draft; `row` null adds, and can make its upstream on the way. */
export function RouteEditor({ slug, row, upstreams }: { slug: string; row: RouteRow | null; upstreams: readonly string[] }) {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const { can } = useMe();
  const providers = useQuery(trpc.objects.identityProviders.list.queryOptions({ slug }));
  const propagation = useQuery(trpc.objects.propagationPolicies.list.queryOptions({ slug }));
  const degradation = useQuery(trpc.objects.degradationPolicies.list.queryOptions({ slug }));
  const [name, setName] = useState(row?.name ?? START_NAME);
  const [nameError, setNameError] = useState<string>();
  const [fresh, setFresh] = useState<NewUpstream | null>(upstreams.length === 0 ? { name: "main", url: "" } : null);
  const [upstreamError, setUpstreamError] = useState<string>();
  const put = useMutation(trpc.objects.routes.put.mutationOptions());
  const putUpstream = useMutation(trpc.objects.upstreams.put.mutationOptions());
  const remove = useMutation(trpc.objects.routes.remove.mutationOptions());
  const back = `/tenants/${slug}/routes`;
  const leave = (title: string) => {
    notify({ title });
    void client.invalidateQueries();
    router.push(back);
  };
  const names = (list: { name: string }[] | undefined) => list?.map((object) => object.name) ?? [];

  const spec = useSpecForm({
    schema: routeSpec,
    values: row?.spec ?? routeSpec.parse({ upstream: upstreams[0] ?? "main", authentication: { mode: "required", authenticators: ["bearer"] } }),
    version: row?.version ?? null,
    save: (document, version) => put.mutateAsync({ slug, name, spec: document, version }),
    onSaved: () => leave(`Route ${name} is in the draft`),
  });

  const save = async () => {
    const named = entityName.safeParse(name);
    setNameError(named.error?.issues[0]?.message);
    setUpstreamError(undefined);
    if (!named.success) return;
    if (fresh) {
      const address = upstreamSpec.safeParse({ url: fresh.url });
      const upstreamName = entityName.safeParse(fresh.name);
      const wrong = address.error?.issues[0]?.message ?? upstreamName.error?.issues[0]?.message;
      if (wrong || !address.success) return setUpstreamError(wrong);
      try {
        await putUpstream.mutateAsync({ slug, name: fresh.name, spec: address.data, version: null });
      } catch (error) {
        const problem = problemOf(error);
        return setUpstreamError(problem.issues[0]?.message ?? problem.message);
      }
      spec.form.setValue("upstream", fresh.name, { shouldDirty: true });
      setFresh(null);
      await client.invalidateQueries();
    }
    await spec.submit();
  };

  const editable = can("route.write");
  return (
    <>
      <PageHead
        title={row ? row.name : `Add a route to ${slug}`}
        answer="Nothing reaches a node before it is published."
        actions={
          editable && (
            <>
              {row && (
                <RemoveButton
                  what={row.name}
                  consequence="Its requests are answered by the next longest prefix, or 404, once it is published."
                  onRemove={async () => {
                    await remove.mutateAsync({ slug, name: row.name, version: row.version });
                    leave(`Route ${row.name} is removed from the draft`);
                  }}
                />
              )}
              <LinkButton href={back}>Cancel</LinkButton>
              <Button variant="primary" busy={spec.saving || putUpstream.isPending} onClick={() => void save()}>
                Save to the draft
              </Button>
            </>
          )
        }
      />
      <FormFrame spec={{ ...spec, submit: save }} what={name} id="route" edited={(!row && name !== START_NAME) || (fresh?.url ?? "") !== ""}>
        <fieldset className="bare rooms s:grid-cols-3" disabled={!editable}>
          <section className="room fields pt-5">
            <h2 className="b">Match</h2>
            {!row && (
              <TextField label="Name" mono spellCheck={false} error={nameError} value={name} onChange={(event) => setName(event.target.value)} />
            )}
            <MatchFields form={spec.form} />
          </section>
          <section className="room fields pt-5">
            <h2 className="b">Authenticate</h2>
            <AuthenticationFields form={spec.form} providers={names(providers.data)} />
          </section>
          <section className="room fields pt-5">
            <h2 className="b">Forward</h2>
            <UpstreamChoice
              names={[...new Set([...upstreams, ...(row ? [row.spec.upstream] : []), ...(fresh ? [] : [spec.form.watch("upstream")])])].filter(
                Boolean,
              )}
              value={spec.form.watch("upstream")}
              onChoose={(upstream) => spec.form.setValue("upstream", upstream, { shouldDirty: true })}
              fresh={fresh}
              onFresh={setFresh}
              error={upstreamError ?? spec.form.formState.errors.upstream?.message}
            />
            <ForwardFields form={spec.form} propagation={names(propagation.data)} degradation={names(degradation.data)} />
            <UpstreamLoginFields form={spec.form} />
            <CorsFields form={spec.form} />
          </section>
        </fieldset>
      </FormFrame>
    </>
  );
}
