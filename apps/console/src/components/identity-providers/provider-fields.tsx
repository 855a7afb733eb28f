"use client";

import { DEFAULT_ALGORITHMS, type IdentityProviderSpec, type identityProviderSpec, SIGNATURE_ALGORITHMS } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { CheckSet, SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";

export type ProviderForm = UseFormReturn<z.input<typeof identityProviderSpec>, unknown, IdentityProviderSpec>;

const TOLERANCES = [0, 10, 30, 60] as const;

/** The usual ones first: the slow curves are switched on by name. */
export const ALGORITHM_OPTIONS = SIGNATURE_ALGORITHMS.map((value) => ({ value, label: value })).sort(
  (a, b) => Number(DEFAULT_ALGORITHMS.includes(b.value)) - Number(DEFAULT_ALGORITHMS.includes(a.value)),
);

/** What a token of this provider must be: issuer, audience, algorithms, the claim that names the tenant. */
export function ProviderFields({ form, slug, withIssuer = true }: { form: ProviderForm; slug: string; withIssuer?: boolean }) {
  const { register, watch, setValue, formState } = form;
  const { errors } = formState;
  const tenantClaim = watch("tenantClaim") ?? null;
  const algorithms = watch("algorithms") ?? [];
  return (
    <>
      {withIssuer && (
        <TextField
          label="Issuer"
          mono
          spellCheck={false}
          hint="Compared byte for byte with a token's iss"
          error={errors.issuer?.message}
          {...register("issuer")}
        />
      )}
      <ListField
        label="Expected audiences"
        rows={1}
        hint="One of the token's aud values must equal one of these; one a line"
        value={watch("audiences") ?? []}
        error={errors.audiences?.message ?? errors.audiences?.root?.message}
        onChange={(audiences) => setValue("audiences", audiences, { shouldDirty: true, shouldValidate: formState.isSubmitted })}
      />
      <CheckSet
        legend="Algorithms"
        mono
        options={ALGORITHM_OPTIONS}
        value={algorithms}
        error={errors.algorithms?.message ?? errors.algorithms?.root?.message}
        onChange={(next) => setValue("algorithms", next, { shouldDirty: true, shouldValidate: formState.isSubmitted })}
      />
      <TextField
        label="Tenant claim"
        mono
        spellCheck={false}
        placeholder="none"
        hint="Must be present, a string, and equal to the value below. Needed where tenants share an issuer."
        error={errors.tenantClaim?.claim?.message}
        value={tenantClaim?.claim ?? ""}
        onChange={(event) =>
          setValue("tenantClaim", event.target.value ? { claim: event.target.value, value: tenantClaim?.value ?? slug } : null, { shouldDirty: true })
        }
      />
      {tenantClaim && (
        <TextField
          label="Value that means this tenant"
          mono
          spellCheck={false}
          error={errors.tenantClaim?.value?.message}
          value={tenantClaim.value}
          onChange={(event) => setValue("tenantClaim", { ...tenantClaim, value: event.target.value }, { shouldDirty: true })}
        />
      )}
      <SelectField
        label="Clock tolerance"
        error={errors.clockToleranceSeconds?.message}
        {...register("clockToleranceSeconds", { valueAsNumber: true })}
      >
        {[...new Set<number>([...TOLERANCES, watch("clockToleranceSeconds") ?? 30])]
          .sort((a, b) => a - b)
          .map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds} s{seconds === 60 ? ", the most that is allowed" : ""}
            </option>
          ))}
      </SelectField>
    </>
  );
}
