"use client";

import { type DegradationPolicySpec, degradationPolicySpec } from "@sallyport/snapshot";
import { useState } from "react";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { sentence } from "@/lib/format";
import { degradationWords } from "@/lib/policy-words";
import type { DegradationRow } from "@/lib/rows";
import { SelectField, TextField } from "@/ui/field";
import { PassThroughDialog } from "./pass-through-dialog";
import { PolicyFrame, useLeave } from "./policy-frame";
import type { PolicySaving } from "./policy-saving";

/** Adds or edits a degradation policy: what happens while a provider is away. */
export function DegradationEditor({
  row,
  owner,
  back,
  saving,
}: {
  row: DegradationRow | null;
  owner: string;
  back: string;
  saving: PolicySaving<DegradationPolicySpec>;
}) {
  const [name, setName] = useState(row?.name ?? "standard");
  const leave = useLeave(back);
  const spec = useSpecForm({
    schema: degradationPolicySpec,
    values: row?.spec ?? degradationPolicySpec.parse({}),
    version: row?.version ?? null,
    save: (document, version) => saving.put(name, document, version),
    onSaved: () => leave(`${name} is in the draft`),
  });
  const { register, watch, formState } = spec.form;
  const [confirming, setConfirming] = useState(false);
  const choose = (behaviour: DegradationPolicySpec["introspection"]) => {
    // The one choice that opens something: it takes effect only when the word is typed.
    if (behaviour === "PASS_THROUGH") setConfirming(true);
    else spec.form.setValue("introspection", behaviour, { shouldDirty: true });
  };
  const parsed = degradationPolicySpec.safeParse(watch());
  return (
    <PolicyFrame
      spec={spec}
      existing={row !== null}
      name={name}
      onName={setName}
      one="degradation policy"
      owner={owner}
      back={back}
      summary={[parsed.success ? `${sentence(degradationWords(parsed.data))}.` : "Complete the form to see it in words."]}
      onRemove={async () => {
        if (!row) return;
        await saving.remove(row.name, row.version);
        leave(`${row.name} is removed from the draft`);
      }}
    >
      <TextField
        label="Use known keys for, seconds"
        type="number"
        hint="After their last good fetch; 0 to 604,800"
        error={formState.errors.staleKeysMaxAgeSeconds?.message}
        {...register("staleKeysMaxAgeSeconds", { valueAsNumber: true })}
      />
      <SelectField
        label="While tokens cannot be asked about"
        value={watch("introspection") ?? "USE_CACHED_OR_REJECT"}
        onChange={(event) => choose(degradationPolicySpec.shape.introspection.parse(event.target.value))}
      >
        <option value="USE_CACHED_OR_REJECT">Use what was said before, else refuse</option>
        <option value="REJECT_ALL">Refuse every such request</option>
        <option value="PASS_THROUGH">Let requests pass unauthenticated</option>
      </SelectField>
      {watch("introspection") === "USE_CACHED_OR_REJECT" && (
        <TextField
          label="Use earlier answers for, seconds"
          type="number"
          hint="After the provider was asked; 0 to 86,400"
          error={formState.errors.cachedAnswerMaxAgeSeconds?.message}
          {...register("cachedAnswerMaxAgeSeconds", { valueAsNumber: true })}
        />
      )}
      <SelectField
        label="While the state store is away"
        hint="Tokens that are bound to a key (DPoP): whether another node has seen their proof cannot be known then"
        value={watch("dpopReplay") ?? "REJECT_ALL"}
        onChange={(event) => spec.form.setValue("dpopReplay", event.target.value === "PER_NODE" ? "PER_NODE" : undefined, { shouldDirty: true })}
      >
        <option value="REJECT_ALL">Refuse every such request</option>
        <option value="PER_NODE">Go by what each node has seen itself</option>
      </SelectField>
      <PassThroughDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        onConfirm={() => {
          setConfirming(false);
          spec.form.setValue("introspection", "PASS_THROUGH", { shouldDirty: true });
        }}
      />
    </PolicyFrame>
  );
}
