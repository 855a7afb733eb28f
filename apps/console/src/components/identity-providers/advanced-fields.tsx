"use client";

import { CheckField, CheckSet, SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { DpopFields } from "./dpop-fields";
import { IntrospectionFields } from "./introspection-fields";
import { LoginFields } from "./login-fields";
import { MappingFields } from "./mapping-fields";
import type { ProviderForm } from "./provider-fields";

/** The form's keys of a kind; an address that was typed stays. */
function keysOfKind(kind: string, url: string | undefined) {
  if (kind === "none") return { kind: "none" as const };
  if (kind === "jwks") return { kind: "jwks" as const, url: url ?? "" };
  return url ? { kind: "discovery" as const, url } : { kind: "discovery" as const };
}

/** Where keys come from, what else a token must carry, and which claims make the principal. */
export function AdvancedFields({ form, slug }: { form: ProviderForm; slug: string }) {
  const { register, watch, setValue, formState } = form;
  const { errors } = formState;
  const keys = watch("keys") ?? { kind: "discovery" as const };
  const url = keys.kind === "none" ? undefined : keys.url;
  const required = watch("requiredClaims") ?? [];
  return (
    <>
      <SelectField label="Keys" value={keys.kind} onChange={(event) => setValue("keys", keysOfKind(event.target.value, url), { shouldDirty: true })}>
        <option value="discovery">From the issuer&rsquo;s discovery document</option>
        <option value="jwks">From a JWK Set at a fixed address</option>
        <option value="none">None: tokens are only asked about</option>
      </SelectField>
      {keys.kind !== "none" && (
        <TextField
          label={keys.kind === "jwks" ? "JWK Set address" : "Discovery document, where it is not at the issuer"}
          mono
          spellCheck={false}
          placeholder={keys.kind === "jwks" ? "https://" : "<issuer>/.well-known/openid-configuration"}
          error={form.getFieldState("keys.url", formState).error?.message}
          value={url ?? ""}
          onChange={(event) => setValue("keys", keysOfKind(keys.kind, event.target.value), { shouldDirty: true })}
        />
      )}
      <CheckSet
        legend="Token types"
        mono
        options={[{ value: "JWT" }, { value: "at+jwt" }]}
        hint="Accepted typ values, when the header has one"
        value={watch("tokenTypes") ?? []}
        error={errors.tokenTypes?.message ?? errors.tokenTypes?.root?.message}
        onChange={(next) => setValue("tokenTypes", next, { shouldDirty: true })}
      />
      <CheckField
        label="Take only tokens that are bound to the client's certificate (RFC 8705)"
        checked={watch("requireCertificateBinding") === true}
        onChange={(event) => setValue("requireCertificateBinding", event.target.checked || undefined, { shouldDirty: true })}
      />
      <DpopFields form={form} />
      <ListField
        label="Required scopes"
        rows={1}
        value={watch("requiredScopes") ?? []}
        error={errors.requiredScopes?.message}
        onChange={(next) => setValue("requiredScopes", next, { shouldDirty: true })}
      />
      <ListField
        label="Required claims"
        rows={1}
        hint="One a line: a claim's name, or name=value1|value2. A JSON Pointer such as /realm_access/roles reaches nested ones."
        value={required.map((claim) => (claim.oneOf?.length ? `${claim.claim}=${claim.oneOf.join("|")}` : claim.claim))}
        error={errors.requiredClaims?.message ?? (errors.requiredClaims ? "write a claim's name, or name=value1|value2" : undefined)}
        onChange={(lines) =>
          setValue(
            "requiredClaims",
            lines.map((line) => {
              const at = line.indexOf("=");
              return at < 0
                ? { claim: line }
                : {
                    claim: line.slice(0, at),
                    oneOf: line
                      .slice(at + 1)
                      .split("|")
                      .filter(Boolean),
                  };
            }),
            { shouldDirty: true },
          )
        }
      />
      <MappingFields form={form} />
      <IntrospectionFields form={form} slug={slug} />
      <LoginFields form={form} slug={slug} />
      <SelectField label="State" {...register("status")}>
        <option value="enabled">Enabled: its tokens are accepted</option>
        <option value="disabled">Disabled: its tokens are refused</option>
      </SelectField>
    </>
  );
}
