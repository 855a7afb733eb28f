"use client";

import { type DEFAULT_IDENTITY_HEADERS, type PropagationPolicySpec, propagationPolicySpec } from "@sallyport/snapshot";
import { useState } from "react";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useDocumentText } from "@/components/yaml/use-document-text";
import { sentence } from "@/lib/format";
import { propagationWords } from "@/lib/policy-words";
import type { PropagationRow } from "@/lib/rows";
import { SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { PolicyFrame, useLeave } from "./policy-frame";
import type { PolicySaving } from "./policy-saving";

const HEADERS = [
  ["userId", "User id"],
  ["email", "E-mail"],
  ["roles", "Roles"],
  ["tenantId", "Tenant"],
  ["organization", "Organisation"],
  ["tenantPlan", "Plan"],
  ["issuer", "Issuer"],
  ["scopes", "Scopes"],
  ["expires", "Expiry"],
  ["sessionId", "Session id"],
] as const satisfies readonly (readonly [keyof typeof DEFAULT_IDENTITY_HEADERS, string])[];

/** Adds or edits a propagation policy: how an upstream learns who calls. */
export function PropagationEditor({
  row,
  owner,
  back,
  saving,
}: {
  row: PropagationRow | null;
  owner: string;
  back: string;
  saving: PolicySaving<PropagationPolicySpec>;
}) {
  const [name, setName] = useState(row?.name ?? "standard");
  const leave = useLeave(back);
  const spec = useSpecForm({
    schema: propagationPolicySpec,
    values: row?.spec ?? propagationPolicySpec.parse({ strategy: "headers" }),
    version: row?.version ?? null,
    save: (document, version): Promise<unknown> => saving.put(name, document, version, text.sourceFor(document)),
    onSaved: () => leave(`${name} is in the draft`),
  });
  const text = useDocumentText(spec, { kind: "PropagationPolicy", name, tenant: owner }, row === null ? null : saving.source);
  const { watch, setValue, formState, reset } = spec.form;
  const values = watch();
  const parsed = propagationPolicySpec.safeParse(values);
  const errors = formState.errors;
  return (
    <PolicyFrame
      spec={spec}
      existing={row !== null}
      name={name}
      onName={setName}
      one="propagation policy"
      owner={owner}
      back={back}
      text={text}
      summary={[parsed.success ? `${sentence(propagationWords(parsed.data))}.` : "Complete the form to see it in words."]}
      onRemove={async () => {
        if (!row) return;
        await saving.remove(row.name, row.version);
        leave(`${row.name} is removed from the draft`);
      }}
    >
      <SelectField
        label="Strategy"
        value={values.strategy}
        onChange={(event) => reset(propagationPolicySpec.parse({ strategy: event.target.value }), { keepDefaultValues: true })}
      >
        <option value="headers">Identity headers; the credential is removed</option>
        <option value="internal_token">A token of the gateway&rsquo;s own in place of the credential</option>
        <option value="pass_through">The original credential goes on</option>
      </SelectField>
      {values.strategy === "internal_token" && (
        <>
          <TextField
            label="Audience"
            mono
            spellCheck={false}
            hint="aud of the token; upstreams verify it with the node group's JWK Set"
            error={"audience" in errors ? errors.audience?.message : undefined}
            value={values.audience ?? ""}
            onChange={(event) => setValue("audience", event.target.value, { shouldDirty: true })}
          />
          <TextField
            label="Lives at most, seconds"
            type="number"
            hint="10 to 300, and never longer than the credential"
            error={"lifetimeSeconds" in errors ? errors.lifetimeSeconds?.message : undefined}
            value={values.lifetimeSeconds ?? 300}
            onChange={(event) => setValue("lifetimeSeconds", event.target.valueAsNumber, { shouldDirty: true })}
          />
        </>
      )}
      {values.strategy === "pass_through" && (
        <TextField
          label="Tenant header"
          mono
          error={"tenantHeader" in errors ? errors.tenantHeader?.message : undefined}
          value={values.tenantHeader ?? ""}
          onChange={(event) => setValue("tenantHeader", event.target.value, { shouldDirty: true })}
        />
      )}
      {values.strategy === "headers" && (
        <>
          {HEADERS.map(([key, label]) => (
            <TextField
              key={key}
              label={label}
              mono
              placeholder="not sent"
              error={"headers" in errors ? errors.headers?.[key]?.message : undefined}
              value={values.headers?.[key] ?? ""}
              onChange={(event) => setValue(`headers.${key}`, event.target.value || null, { shouldDirty: true })}
            />
          ))}
          <ListField
            label="Further claims"
            rows={1}
            hint="Header=claim, one a line: X-Department=department"
            value={(values.claims ?? []).map((claim) => `${claim.header}=${claim.claim}`)}
            error={"claims" in errors && errors.claims ? "write Header=claim; a header that belongs to HTTP itself is not allowed" : undefined}
            onChange={(lines) =>
              setValue(
                "claims",
                lines.map((line) => {
                  const at = line.indexOf("=");
                  return at < 0 ? { header: line, claim: "" } : { header: line.slice(0, at), claim: line.slice(at + 1) };
                }),
                { shouldDirty: true },
              )
            }
          />
        </>
      )}
    </PolicyFrame>
  );
}
