"use client";

import { CERTIFICATE_NAMES, type clientCertificatesSpec, type tenantSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { AreaField, SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";

type Trust = z.input<typeof clientCertificatesSpec>;
type Within = NonNullable<Trust["within"]>;
type TenantForm = UseFormReturn<z.input<typeof tenantSpec>, unknown, z.output<typeof tenantSpec>>;

/** What a tenant that begins to take certificates starts with. */
export const NO_CERTIFICATES: Trust = { authorities: "", subject: "uri", within: null, roles: [], scopes: [] };

const NAMES: Record<(typeof CERTIFICATE_NAMES)[number], string> = { uri: "URI (SPIFFE)", dns: "DNS name", email: "E-mail address" };
const WITHIN: Record<Within["kind"], { label: string; value: string; hint: string }> = {
  uri: { label: "URIs that begin with", value: "spiffe://acme.example/", hint: "Ends in '/'" },
  dns: { label: "DNS names of a domain", value: "acme.example", hint: "The domain, or a host below it" },
  email: { label: "E-mail addresses of a domain", value: "acme.example", hint: "The domain, or one below it" },
  organizational_unit: { label: "The organizational unit", value: "acme", hint: "Equal to the certificate's OU" },
};

/** Whom to trust, whom a certificate names, and what that caller may do. */
export function CertificateFields({ form, trust }: { form: TenantForm; trust: Trust }) {
  const { register, watch, formState } = form;
  const errors = formState.errors.clientCertificates;
  const within = watch("clientCertificates.within") ?? null;
  const put = (next: Partial<Trust>) => setPart(form, "clientCertificates", { ...trust, ...next });
  const chooseWithin = (kind: string) => put({ within: kind === "" ? null : { kind: kind as Within["kind"], value: within?.value ?? "" } });
  return (
    <>
      <AreaField
        label="Authorities"
        mono
        rows={8}
        spellCheck={false}
        placeholder="-----BEGIN CERTIFICATE-----"
        hint="Certificates of those who issue, as PEM, one after the other; each is trusted for itself"
        error={errors?.authorities?.message}
        {...register("clientCertificates.authorities")}
      />
      <SelectField
        label="The caller is named by"
        hint="Of subjectAltName; a certificate must have exactly one"
        error={errors?.subject?.message}
        {...register("clientCertificates.subject")}
      >
        {CERTIFICATE_NAMES.map((kind) => (
          <option key={kind} value={kind}>
            {NAMES[kind]}
          </option>
        ))}
        <option value="common_name">Common name of the subject</option>
      </SelectField>
      <SelectField
        label="Certificates count with"
        hint="Needed where another tenant trusts the same authority: nothing else tells their certificates apart"
        value={within?.kind ?? ""}
        onChange={(event) => chooseWithin(event.target.value)}
      >
        <option value="">Any name</option>
        {(Object.keys(WITHIN) as Within["kind"][]).map((kind) => (
          <option key={kind} value={kind}>
            {WITHIN[kind].label}
          </option>
        ))}
      </SelectField>
      {within && (
        <TextField
          label={WITHIN[within.kind].label}
          mono
          spellCheck={false}
          placeholder={WITHIN[within.kind].value}
          hint={WITHIN[within.kind].hint}
          error={errors?.within?.value?.message ?? errors?.within?.message}
          value={within.value}
          onChange={(event) => put({ within: { ...within, value: event.target.value } })}
        />
      )}
      <ListField
        label="Roles"
        rows={1}
        hint="Of every caller with such a certificate; one a line"
        value={trust.roles ?? []}
        error={errors?.roles && "a role has 1–128 characters"}
        onChange={(roles) => put({ roles })}
      />
      <ListField
        label="Scopes"
        rows={1}
        hint="That routes can require; one a line"
        value={trust.scopes ?? []}
        error={errors?.scopes && "an OAuth scope has no blanks or quotes"}
        onChange={(scopes) => put({ scopes })}
      />
    </>
  );
}
