"use client";

import { TextField } from "@/ui/field";
import type { ProviderForm } from "./provider-fields";

const MAPPED = [
  { name: "email", label: "E-mail claim" },
  { name: "roles", label: "Roles claim" },
  { name: "scopes", label: "Scopes claim" },
  { name: "organization", label: "Organisation claim" },
  { name: "sessionId", label: "Session id claim" },
] as const;

/** Which claims make the principal. */
export function MappingFields({ form }: { form: ProviderForm }) {
  const { watch, setValue, formState } = form;
  const mapping = watch("claimMapping");
  return MAPPED.map(({ name, label }) => (
    <TextField
      key={name}
      label={label}
      mono
      spellCheck={false}
      placeholder="not used"
      error={formState.errors.claimMapping?.[name]?.message}
      value={mapping?.[name] ?? ""}
      onChange={(event) => setValue(`claimMapping.${name}`, event.target.value || null, { shouldDirty: true })}
    />
  ));
}
