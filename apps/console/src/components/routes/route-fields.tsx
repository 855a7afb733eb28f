"use client";

import type { RouteSpec, routeSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { CheckField, CheckSet, SelectField, TextField } from "@/ui/field";

export type RouteForm = UseFormReturn<z.input<typeof routeSpec>, unknown, RouteSpec>;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
/** What a request must look like. */
export function MatchFields({ form }: { form: RouteForm }) {
  const { register, watch, setValue, formState } = form;
  const methods = watch("methods") ?? [];
  const offered = [...new Set([...METHODS, ...methods])];
  return (
    <>
      <TextField
        label="Path prefix"
        mono
        spellCheck={false}
        hint="Whole segments: /v1 matches /v1 and /v1/x, not /v10. The longest wins."
        error={formState.errors.pathPrefix?.message}
        {...register("pathPrefix")}
      />
      <CheckSet
        legend="Methods"
        mono
        hint="None ticked means every method"
        options={offered.map((value) => ({ value }))}
        value={methods}
        error={formState.errors.methods?.message}
        onChange={(next) => setValue("methods", next, { shouldDirty: true })}
      />
    </>
  );
}

/** How the request goes on. */
export function ForwardFields({
  form,
  propagation,
  degradation,
}: {
  form: RouteForm;
  propagation: readonly string[];
  degradation: readonly string[];
}) {
  const { register, formState, watch, setValue } = form;
  const policySelect = (name: "propagation" | "degradation", label: string, standard: string, names: readonly string[]) => (
    <SelectField
      label={label}
      error={formState.errors[name]?.message}
      value={watch(name) ?? ""}
      onChange={(event) => setValue(name, event.target.value || null, { shouldDirty: true })}
    >
      <option value="">{standard}</option>
      {names.map((policy) => (
        <option key={policy} value={policy}>
          {policy}
        </option>
      ))}
    </SelectField>
  );
  return (
    <>
      {policySelect("propagation", "Propagation", "Standard: identity headers with their usual names", propagation)}
      {policySelect("degradation", "While the provider is away", "Standard: known keys for an hour", degradation)}
      <TextField
        label="Largest request body, bytes"
        type="number"
        error={formState.errors.maxRequestBodyBytes?.message}
        {...register("maxRequestBodyBytes", { valueAsNumber: true })}
      />
      <CheckField label="Take the prefix off before proxying" {...register("stripPrefix")} />
      <CheckField label="Let WebSocket upgrades through" {...register("websocket")} />
    </>
  );
}
