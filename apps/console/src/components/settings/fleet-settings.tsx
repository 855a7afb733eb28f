"use client";

import { fleetSpec, TENANT_SOURCES } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useMe } from "@/components/session/session-context";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { AreaField, CheckField, CheckSet, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { Status } from "@/ui/status";
import { notify } from "@/ui/toast";
import { CertificateHeaderFields } from "./certificate-header-fields";
import { DefaultProviderFields } from "./default-provider-fields";
import { LimitHeaderSelect } from "./limit-header-select";

const SOURCE_LABELS = {
  custom_domain: "Custom domain",
  subdomain: "Subdomain",
  path: "Path prefix",
  header: "Header",
  token_claim: "Token claim",
} as const;

/** One object for the whole fleet: how tenants are named, whom to trust, how much is read. */
export function FleetSettings({ current }: { current: RouterOutputs["fleet"]["settings"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const put = useMutation(trpc.fleet.putSettings.mutationOptions());
  const spec = useSpecForm({
    schema: fleetSpec,
    values: current.spec,
    version: current.version,
    save: (document, version) => put.mutateAsync({ spec: document, version: version ?? current.version }),
    onSaved: () => {
      notify({ title: "The fleet's settings are in the draft" });
      void client.invalidateQueries();
    },
  });
  const { register, watch, setValue, formState } = spec.form;
  const { errors } = formState;
  const number = { valueAsNumber: true } as const;
  const list = (name: "baseDomains" | "trustedProxies" | "idpAllowedRanges" | "reservedHeaders", label: string, hint: string) => (
    <ListField
      label={label}
      hint={hint}
      rows={1}
      value={watch(name) ?? []}
      error={errors[name]?.message ?? errors[name]?.[0]?.message}
      onChange={(value) => setValue(name, value, { shouldDirty: true })}
    />
  );
  return (
    <FormFrame spec={spec} what="The fleet's settings" id="fleet">
      <fieldset className="bare rooms s:grid-cols-3" disabled={!can("fleet.write")}>
        <section className="room fields pt-4">
          <h2 className="b">How a request names its tenant</h2>
          <CheckSet
            legend="Sources"
            hint="Most trusted first, in the order of ticking; two that disagree are refused. A token’s claim is read only when nothing else names a tenant"
            options={TENANT_SOURCES.map((value) => ({ value, label: SOURCE_LABELS[value] }))}
            value={watch("resolution") ?? []}
            error={errors.resolution?.message ?? errors.resolution?.root?.message}
            onChange={(resolution) => setValue("resolution", resolution, { shouldDirty: true, shouldValidate: true })}
          />
          {list("baseDomains", "Base domains", "acme.api.example.com names acme when api.example.com is here; one a line")}
          <TextField label="Path prefix" mono error={errors.tenantPathPrefix?.message} {...register("tenantPathPrefix")} />
          <CheckField label="Take the prefix and the slug off before routes are matched" {...register("stripTenantPath")} />
          <TextField label="Tenant header" mono error={errors.tenantHeader?.message} {...register("tenantHeader")} />
          <TextField
            label="Usual tenant claim"
            mono
            hint="Must match when a token has it, where its provider names no claim"
            error={errors.usualTenantClaim?.message}
            {...register("usualTenantClaim")}
          />
        </section>
        <section className="room fields pt-4">
          <h2 className="b">Whom to trust</h2>
          {list("trustedProxies", "Trusted proxies", "Ranges whose Forwarded and X-Forwarded-For are believed")}
          {list("idpAllowedRanges", "Private ranges for identity providers", "Only there is plain http allowed; empty means public https only")}
          <AreaField
            label="Private authorities for identity providers"
            mono
            rows={watch("idpCertificates.authorities") ? 6 : 1}
            spellCheck={false}
            placeholder="-----BEGIN CERTIFICATE-----"
            hint="Certificates in PEM, one after the other; every node believes them"
            error={errors.idpCertificates?.authorities?.message}
            {...register("idpCertificates.authorities")}
          />
          <CheckField
            label="Public authorities are believed too"
            {...register("idpCertificates.trustPublic", { deps: "idpCertificates.authorities" })}
          />
          {list("reservedHeaders", "Further reserved headers", "Never pass from a client, in any spelling")}
          <h2 className="b">Where API keys are looked for</h2>
          <TextField
            label="Header of API keys"
            mono
            spellCheck={false}
            hint="Taken off before a request goes on"
            error={errors.apiKeys?.header?.message}
            {...register("apiKeys.header")}
          />
          <TextField
            label="Query parameter of API keys"
            mono
            spellCheck={false}
            placeholder="off"
            hint="Empty: keys are taken from the header only"
            error={errors.apiKeys?.queryParameter?.message}
            {...register("apiKeys.queryParameter", { setValueAs: (typed: string | null) => typed || null })}
          />
          {watch("apiKeys.queryParameter") && (
            <div className="note att">
              <Status tone="att" />
              <span>Keys in addresses end up in logs, histories and referrers. Keep it for clients that cannot send a header.</span>
            </div>
          )}
          <CertificateHeaderFields form={spec.form} />
        </section>
        <section className="room fields pt-4">
          <h2 className="b">How much is read, and how long</h2>
          <TextField
            label="Largest token, bytes"
            type="number"
            error={errors.limits?.maxTokenBytes?.message}
            {...register("limits.maxTokenBytes", number)}
          />
          <TextField
            label="Most header fields"
            type="number"
            error={errors.limits?.maxHeaderCount?.message}
            {...register("limits.maxHeaderCount", number)}
          />
          <TextField
            label="Longest target, bytes"
            type="number"
            error={errors.limits?.maxTargetBytes?.message}
            {...register("limits.maxTargetBytes", number)}
          />
          <TextField
            label="Keys are fresh for, seconds"
            type="number"
            error={errors.jwks?.ttlSeconds?.message}
            {...register("jwks.ttlSeconds", number)}
          />
          <TextField
            label="Between two looks for an unknown key, seconds"
            type="number"
            error={errors.jwks?.cooldownSeconds?.message}
            {...register("jwks.cooldownSeconds", number)}
          />
          <TextField
            label="Fetch keys within, ms"
            type="number"
            error={errors.jwks?.fetchTimeoutMs?.message}
            {...register("jwks.fetchTimeoutMs", number)}
          />
          <h2 className="b">What clients learn of a rate limit</h2>
          <LimitHeaderSelect
            value={watch("rateLimitFields")}
            unset={null}
            onChange={(fields) => setValue("rateLimitFields", fields, { shouldDirty: true })}
          />
        </section>
        <DefaultProviderFields form={spec.form} />
        <section className="room fields pt-4">
          <h2 className="b">When tokens cannot be asked about</h2>
          <TextField
            label="Failed introspections in a row that open the breaker"
            type="number"
            error={errors.introspectionBreaker?.failures?.message}
            {...register("introspectionBreaker.failures", number)}
          />
          <TextField
            label="The breaker stays open for, seconds"
            type="number"
            error={errors.introspectionBreaker?.openSeconds?.message}
            {...register("introspectionBreaker.openSeconds", number)}
          />
          <TextField
            label="Probes that close it"
            type="number"
            error={errors.introspectionBreaker?.probes?.message}
            {...register("introspectionBreaker.probes", number)}
          />
          <h2 className="b">Tokens for upstreams</h2>
          <TextField
            label="Issuer of internal tokens"
            mono
            spellCheck={false}
            hint="iss of every token that nodes mint"
            error={errors.internalTokens?.issuer?.message}
            {...register("internalTokens.issuer")}
          />
          <TextField
            label="Upstreams keep the JWK Set for, seconds"
            type="number"
            hint="A new key signs when this has passed twice"
            error={errors.internalTokens?.jwksMaxAgeSeconds?.message}
            {...register("internalTokens.jwksMaxAgeSeconds", number)}
          />
        </section>
        <section className="room fields pt-4">
          <h2 className="b">Sessions of people who sign in</h2>
          <TextField
            label="End without a request after, seconds"
            type="number"
            error={errors.sessions?.idleSeconds?.message}
            {...register("sessions.idleSeconds", number)}
          />
          <TextField
            label="End in any case after, seconds"
            type="number"
            error={errors.sessions?.absoluteSeconds?.message}
            {...register("sessions.absoluteSeconds", number)}
          />
          <TextField
            label="Write a session in use once in, seconds"
            type="number"
            error={errors.sessions?.extendEverySeconds?.message}
            {...register("sessions.extendEverySeconds", number)}
          />
          {can("fleet.write") && (
            <div>
              <Button type="submit" variant="primary" busy={spec.saving} disabled={!formState.isDirty}>
                Save to the draft
              </Button>
            </div>
          )}
        </section>
      </fieldset>
    </FormFrame>
  );
}
