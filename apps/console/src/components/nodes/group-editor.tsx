"use client";

import { entityName, type NodeGroupSpec, nodeGroupSpec } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";
import { BundleButton } from "./bundle-button";
import { InternalKeys } from "./internal-keys";

/** Adds or edits a group of nodes; `row` null adds. */
export function GroupEditor({ row }: { row: { name: string; spec: NodeGroupSpec; version: number } | null }) {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const { can } = useMe();
  const [name, setName] = useState(row?.name ?? "");
  const [nameError, setNameError] = useState<string>();
  const put = useMutation(trpc.groups.put.mutationOptions());
  const remove = useMutation(trpc.groups.remove.mutationOptions());
  const leave = (title: string) => {
    notify({ title });
    void client.invalidateQueries();
    router.push("/groups");
  };
  const spec = useSpecForm({
    schema: nodeGroupSpec,
    values: row?.spec ?? { displayName: "", tenants: "all" },
    version: row?.version ?? null,
    save: (document, version) => put.mutateAsync({ name, spec: document, version }),
    onSaved: () => leave(`Group ${name} is saved`),
  });
  const save = () => {
    const named = entityName.safeParse(name);
    setNameError(named.error?.issues[0]?.message);
    if (named.success) void spec.submit();
  };
  const { register, watch, setValue, formState } = spec.form;
  const tenants = watch("tenants") ?? "all";
  const editable = can("fleet.write");
  return (
    <>
      <PageHead
        title={row ? row.name : "Add a group"}
        answer="Which tenants its nodes get is published like every other change."
        actions={
          <>
            {row && can("node.write") && <BundleButton group={row.name} />}
            {editable && (
              <>
                {row && row.name !== "default" && (
                  <RemoveButton
                    what={row.name}
                    consequence="Only a group without nodes can go."
                    onRemove={async () => {
                      await remove.mutateAsync({ name: row.name, version: row.version });
                      leave(`Group ${row.name} is removed`);
                    }}
                  />
                )}
                <LinkButton href="/groups">Cancel</LinkButton>
                <Button variant="primary" busy={spec.saving} onClick={save}>
                  Save group
                </Button>
              </>
            )}
          </>
        }
      />
      <div className="pad">
        <FormFrame spec={{ ...spec, submit: async () => save() }} what={name} id="group" className="max-w-120" edited={!row && name !== ""}>
          <fieldset className="bare fields" disabled={!editable}>
            {!row && (
              <TextField
                label="Group"
                mono
                autoFocus
                error={nameError}
                hint="Names it in join tokens and files; it never changes"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
            <TextField label="Display name" error={formState.errors.displayName?.message} {...register("displayName")} />
            <SelectField
              label="Tenants"
              value={tenants === "all" ? "all" : "some"}
              onChange={(event) => setValue("tenants", event.target.value === "all" ? "all" : [], { shouldDirty: true })}
            >
              <option value="all">All tenants, also those to come</option>
              <option value="some">Only these</option>
            </SelectField>
            {tenants !== "all" && (
              <ListField
                label="Slugs"
                hint="One a line"
                value={tenants}
                error={formState.errors.tenants?.message}
                onChange={(slugs) => setValue("tenants", slugs, { shouldDirty: true })}
              />
            )}
          </fieldset>
        </FormFrame>
      </div>
      {row && <InternalKeys group={row.name} />}
    </>
  );
}
