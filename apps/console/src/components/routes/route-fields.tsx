"use client";

import type { RouteSpec, routeSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { CheckField, CheckSet, SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";

export type RouteForm = UseFormReturn<z.input<typeof routeSpec>, unknown, RouteSpec>;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
const MODES = [
  { value: "required", label: "Required: a valid token, else 401" },
  { value: "optional", label: "Optional: anonymous without a token; a token must hold" },
  { value: "public", label: "Public: nobody is asked" },
  { value: "deny", label: "Deny: every request is refused" },
] as const;

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

/** Who may pass. */
export function AuthenticationFields({ form, providers }: { form: RouteForm; providers: readonly string[] }) {
  const { watch, setValue, formState } = form;
  const authentication = watch("authentication") ?? { mode: "deny" as const };
  const limited = authentication.mode === "required" || authentication.mode === "optional" ? authentication : null;
  const chooseMode = (mode: string) => {
    const kept = { authenticators: ["bearer" as const], identityProviders: limited?.identityProviders ?? [] };
    if (mode === "required") setValue("authentication", { mode, ...kept, requiredScopes: [] }, { shouldDirty: true });
    else if (mode === "optional") setValue("authentication", { mode, ...kept }, { shouldDirty: true });
    else setValue("authentication", { mode: mode === "public" ? "public" : "deny" }, { shouldDirty: true });
  };
  return (
    <>
      <SelectField
        label="Authentication"
        error={formState.errors.authentication?.message}
        value={authentication.mode}
        onChange={(event) => chooseMode(event.target.value)}
      >
        {MODES.map((mode) => (
          <option key={mode.value} value={mode.value}>
            {mode.label}
          </option>
        ))}
      </SelectField>
      {limited && providers.length > 0 && (
        <CheckSet
          legend="Identity providers"
          hint="None ticked means every enabled one of the tenant"
          options={providers.map((value) => ({ value }))}
          value={limited.identityProviders ?? []}
          onChange={(identityProviders) => setValue("authentication", { ...limited, identityProviders }, { shouldDirty: true })}
        />
      )}
      {limited?.mode === "required" && (
        <ListField
          label="Required scopes"
          rows={1}
          hint="All must be granted, else 403 insufficient_scope; one a line"
          value={limited.requiredScopes ?? []}
          error={
            formState.errors.authentication && "requiredScopes" in formState.errors.authentication
              ? "an OAuth scope has no blanks or quotes"
              : undefined
          }
          onChange={(requiredScopes) => setValue("authentication", { ...limited, requiredScopes }, { shouldDirty: true })}
        />
      )}
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
