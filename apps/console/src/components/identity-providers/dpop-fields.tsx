"use client";

import { dpopSettings } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { CheckSet, SelectField } from "@/ui/field";
import { NumberField } from "@/ui/number-field";
import { ALGORITHM_OPTIONS, type ProviderForm } from "./provider-fields";

type Dpop = z.output<typeof dpopSettings>;

/** Tokens that are bound to a key (RFC 9449): whether clients are offered it or must use it, and what their proofs may be. */
export function DpopFields({ form }: { form: ProviderForm }) {
  const { watch, formState } = form;
  const settings: Dpop | undefined = toOutput(watch("dpop"));
  const change = (next: Dpop | undefined) => setPart(form, "dpop", next);
  const errorOf = (path: "algorithms" | "proofLifetimeSeconds") => form.getFieldState(`dpop.${path}`, formState).error?.message;
  return (
    <>
      <SelectField
        label="Proof of possession (DPoP)"
        hint="Clients that are refused are told of it where it is offered. A token that is bound to a key always needs its proof."
        value={settings === undefined ? "unnamed" : settings.required ? "required" : "offered"}
        onChange={(event) => {
          const { value } = event.target;
          change(value === "unnamed" ? undefined : { ...(settings ?? dpopSettings.parse({})), required: value === "required" });
        }}
      >
        <option value="unnamed">Not offered: other tokens count</option>
        <option value="offered">Offered: other tokens count too</option>
        <option value="required">Required: only bound tokens count</option>
      </SelectField>
      {settings && (
        <>
          <CheckSet
            legend="Algorithms of proofs"
            mono
            options={ALGORITHM_OPTIONS}
            hint="By the clients' own keys, not the provider's"
            value={settings.algorithms}
            error={errorOf("algorithms")}
            onChange={(algorithms) => change({ ...settings, algorithms })}
          />
          <NumberField
            label="Take a proof for, seconds"
            min={5}
            max={300}
            hint="After it was made, 5 to 300; the clock tolerance comes on top"
            error={errorOf("proofLifetimeSeconds")}
            value={settings.proofLifetimeSeconds}
            onChange={(proofLifetimeSeconds) => change({ ...settings, proofLifetimeSeconds })}
          />
        </>
      )}
    </>
  );
}

/** What the form leaves out has its default. */
const toOutput = (input: z.input<typeof dpopSettings> | undefined): Dpop | undefined =>
  input === undefined ? undefined : { ...dpopSettings.parse({}), ...input };
