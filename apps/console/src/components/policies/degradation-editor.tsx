"use client";

import { type DegradationPolicySpec, degradationPolicySpec } from "@sallyport/snapshot";
import { useState } from "react";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { sentence } from "@/lib/format";
import { degradationWords } from "@/lib/policy-words";
import type { DegradationRow } from "@/lib/rows";
import { TextField } from "@/ui/field";
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
      summary={parsed.success ? `${sentence(degradationWords(parsed.data))}.` : "Complete the form to see it in words."}
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
    </PolicyFrame>
  );
}
