"use client";

import { entityName, upstreamSpec } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import type { UpstreamRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { TextField } from "@/ui/field";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";
import { UpstreamFields } from "./upstream-fields";
import { UpstreamHealthFields } from "./upstream-health-fields";
import { UpstreamTargets } from "./upstream-targets";
import { UpstreamTlsFields } from "./upstream-tls-fields";

const START_NAME = "main";
const NEW = { url: "", connectTimeoutMs: 2_000, responseTimeoutMs: 30_000, maxConnections: 256 };

/** Adds or edits an upstream of the draft; `row` null adds. */
export function UpstreamEditor({ slug, row }: { slug: string; row: UpstreamRow | null }) {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const { can } = useMe();
  const [name, setName] = useState(row?.name ?? START_NAME);
  const [nameError, setNameError] = useState<string>();
  const put = useMutation(trpc.objects.upstreams.put.mutationOptions());
  const remove = useMutation(trpc.objects.upstreams.remove.mutationOptions());
  const back = `/tenants/${slug}/routes`;
  const leave = (title: string) => {
    notify({ title });
    void client.invalidateQueries();
    router.push(back);
  };
  const spec = useSpecForm({
    schema: upstreamSpec,
    values: row?.spec ?? NEW,
    version: row?.version ?? null,
    save: (document, version) => put.mutateAsync({ slug, name, spec: document, version }),
    onSaved: () => leave(`Upstream ${name} is in the draft`),
  });
  const save = () => {
    const named = entityName.safeParse(name);
    setNameError(named.error?.issues[0]?.message);
    if (named.success) void spec.submit();
  };
  return (
    <>
      <PageHead
        title={row ? row.name : `Add an upstream to ${slug}`}
        answer="Nothing reaches a node before it is published."
        actions={
          can("route.write") && (
            <>
              {row && (
                <RemoveButton
                  what={row.name}
                  consequence="Routes that lead here must be changed first."
                  onRemove={async () => {
                    await remove.mutateAsync({ slug, name: row.name, version: row.version });
                    leave(`Upstream ${row.name} is removed from the draft`);
                  }}
                />
              )}
              <LinkButton href={back}>Cancel</LinkButton>
              <Button variant="primary" busy={spec.saving} onClick={save}>
                Save to the draft
              </Button>
            </>
          )
        }
      />
      {row && can("node.read") && <UpstreamTargets slug={slug} name={row.name} />}
      <FormFrame spec={spec} what={name} id="upstream" edited={!row && name !== START_NAME}>
        <fieldset className="bare rooms s:grid-cols-3" disabled={!can("route.write")}>
          <section className="room fields pt-5">
            <h2 className="b">Targets</h2>
            {!row && (
              <TextField
                label="Name"
                mono
                error={nameError}
                hint="Routes refer to it; it never changes"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
            <UpstreamFields form={spec.form} />
          </section>
          <section className="room fields pt-5">
            <h2 className="b">Health</h2>
            <UpstreamHealthFields form={spec.form} />
          </section>
          <section className="room fields pt-5">
            <h2 className="b">TLS</h2>
            <UpstreamTlsFields form={spec.form} slug={slug} />
          </section>
        </fieldset>
      </FormFrame>
    </>
  );
}
