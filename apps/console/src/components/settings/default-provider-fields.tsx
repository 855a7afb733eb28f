"use client";

import { DEFAULT_ALGORITHMS, type FleetSpec, type fleetSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { ALGORITHM_OPTIONS } from "@/components/identity-providers/provider-fields";
import { CheckField, CheckSet, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";

type FleetForm = UseFormReturn<z.input<typeof fleetSpec>, unknown, FleetSpec>;

/** A provider that serves every tenant without one of its own. */
export function DefaultProviderFields({ form }: { form: FleetForm }) {
  const { register, watch, formState } = form;
  const errors = formState.errors.defaultIdentityProvider;
  const provider = watch("defaultIdentityProvider") ?? null;
  const set = (on: boolean) => setPart(form, "defaultIdentityProvider", on ? { issuer: "", audiences: [], tenantClaim: "tenant_id" } : null);
  return (
    <section className="room fields pt-4">
      <h2 className="b">Default identity provider</h2>
      <CheckField
        label="Tenants that declare no provider use a shared one"
        checked={provider !== null}
        onChange={(event) => set(event.currentTarget.checked)}
      />
      {provider !== null && (
        <>
          <TextField
            label="Issuer of the shared provider"
            mono
            spellCheck={false}
            hint="Compared byte for byte with a token's iss"
            error={errors?.issuer?.message}
            {...register("defaultIdentityProvider.issuer")}
          />
          <ListField
            label="Its expected audiences"
            rows={1}
            hint="One of the token's aud values must equal one of these; one a line"
            value={provider.audiences}
            error={errors?.audiences?.message ?? errors?.audiences?.root?.message}
            onChange={(audiences) => setPart(form, "defaultIdentityProvider.audiences", audiences)}
          />
          <TextField
            label="Claim that names the tenant"
            mono
            spellCheck={false}
            hint="Must be present, a string, and equal to the tenant's slug"
            error={errors?.tenantClaim?.message}
            {...register("defaultIdentityProvider.tenantClaim")}
          />
          <CheckSet
            legend="Its algorithms"
            mono
            options={ALGORITHM_OPTIONS}
            value={provider.algorithms ?? [...DEFAULT_ALGORITHMS]}
            error={errors?.algorithms?.message ?? errors?.algorithms?.root?.message}
            onChange={(algorithms) => setPart(form, "defaultIdentityProvider.algorithms", algorithms)}
          />
        </>
      )}
    </section>
  );
}
