"use client";

import { DEFAULT_LIMIT_ORDER, RATE_LIMIT_KEYS, type RateLimitPolicySpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import { useState } from "react";
import { setPart } from "@/components/forms/set-part";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useMe } from "@/components/session/session-context";
import { useDocumentText } from "@/components/yaml/use-document-text";
import { exemptWith } from "@/lib/limit-keys";
import { rateLimitSentences } from "@/lib/limit-sentences";
import type { RateLimitRow } from "@/lib/rows";
import { CheckSet, SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { NumberField } from "@/ui/number-field";
import { notify } from "@/ui/toast";
import { LimitExemptions } from "./limit-exemptions";
import { LimitOverrides } from "./limit-overrides";
import { PolicyFrame, useLeave } from "./policy-frame";
import type { PolicySaving } from "./policy-saving";
import { SimulationSection } from "./simulation-section";
import { type SpareKey, TopKeys } from "./top-keys";

/** Adds or edits a rate limit, of a tenant or of the whole fleet. */
export function RateLimitEditor({
  row,
  owner,
  back,
  routes,
  saving,
}: {
  row: Pick<RateLimitRow, "name" | "spec" | "version"> | null;
  owner: string;
  back: string;
  /** Names of the tenant's routes; null for a limit of the fleet, which can name plans instead. */
  routes: readonly string[] | null;
  saving: PolicySaving<RateLimitPolicySpec>;
}) {
  const [name, setName] = useState(row?.name ?? (routes ? "tenant" : "every-tenant"));
  const leave = useLeave(back);
  const spec = useSpecForm({
    schema: rateLimitPolicySpec,
    values: row?.spec ?? rateLimitPolicySpec.parse({ key: ["tenant"], limit: 10_000, burst: 500 }),
    version: row?.version ?? null,
    save: (document, version): Promise<unknown> => saving.put(name, document, version, text.sourceFor(document)),
    onSaved: () => leave(`${name} is in the draft`),
  });
  const { register, watch, setValue, formState } = spec.form;
  const { errors } = formState;
  const parsed = rateLimitPolicySpec.safeParse(watch());
  const number = { valueAsNumber: true } as const;
  const slug = routes === null ? null : owner;
  const text = useDocumentText(spec, { kind: "RateLimitPolicy", name, tenant: slug }, row === null ? null : saving.source);
  const { can } = useMe();
  const editable = can(slug === null ? "fleet.write" : "policy.write");
  const spare: SpareKey = (key) => {
    const exempt = exemptWith(watch("exempt"), key, slug === null);
    return exempt && { label: "Exempt", apply: () => exemptNow(exempt) };
  };
  const exemptNow = (exempt: NonNullable<RateLimitPolicySpec["exempt"]>) => {
    setPart(spec.form, "exempt", exempt);
    notify({ title: "It is among the exemptions; save to keep it" });
  };
  return (
    <PolicyFrame
      spec={spec}
      existing={row !== null}
      name={name}
      onName={setName}
      one="rate limit"
      owner={owner}
      back={back}
      summary={parsed.success ? rateLimitSentences(parsed.data) : ["Complete the form to see it in words."]}
      onRemove={async () => {
        if (!row) return;
        await saving.remove(row.name, row.version);
        leave(`${row.name} is removed from the draft`);
      }}
      text={text}
      evidence={
        <>
          {row && <TopKeys slug={slug} policy={row.name} spare={editable ? spare : null} />}
          {editable && <SimulationSection slug={slug} name={name} spec={parsed.success ? parsed.data : null} />}
        </>
      }
    >
      <TextField label="Requests" type="number" error={errors.limit?.message} {...register("limit", number)} />
      <TextField label="Within, seconds" type="number" error={errors.windowSeconds?.message} {...register("windowSeconds", number)} />
      <TextField label="At once" type="number" hint="Burst above an even stream" error={errors.burst?.message} {...register("burst", number)} />
      <CheckSet
        legend="Counted by"
        mono
        hint="Members combine: client_ip and tenant is one count per address and tenant. username takes routes that name its field"
        options={RATE_LIMIT_KEYS.map((value) => ({ value }))}
        value={watch("key") ?? []}
        error={errors.key?.message ?? errors.key?.root?.message}
        onChange={(key) => setValue("key", key, { shouldDirty: true, shouldValidate: true })}
      />
      <SelectField label="Above it" error={errors.action?.message} {...register("action")}>
        <option value="refuse">Refuse with 429 rate_limited</option>
        <option value="slow_down">Slow down: it waits before it goes on</option>
        <option value="observe">Only count and report</option>
      </SelectField>
      <SelectField
        label="Counting"
        hint="Needs a state store; without one, each node counts by itself"
        error={errors.scope?.message}
        {...register("scope", { setValueAs: (value) => (value === "node" ? "node" : undefined) })}
      >
        <option value="">Across all nodes</option>
        <option value="node">Each node by itself</option>
      </SelectField>
      {routes && routes.length > 0 && (
        <CheckSet
          legend="Routes"
          hint="None ticked means all of them"
          options={routes.map((value) => ({ value }))}
          value={watch("routes") ?? []}
          error={errors.routes?.message}
          onChange={(next) => setValue("routes", next, { shouldDirty: true })}
        />
      )}
      {routes === null && (
        <ListField
          label="Plans"
          rows={1}
          hint="Tenants of these plans only, one a line; empty means every tenant"
          value={watch("plans") ?? []}
          error={errors.plans?.message}
          onChange={(plans) => setValue("plans", plans, { shouldDirty: true })}
        />
      )}
      <LimitExemptions
        ofFleet={routes === null}
        value={watch("exempt")}
        errors={errors.exempt}
        onChange={(exempt) => setPart(spec.form, "exempt", exempt)}
      />
      {routes === null && (
        <LimitOverrides
          value={watch("overrides")}
          showErrors={formState.isSubmitted}
          onChange={(overrides) => setPart(spec.form, "overrides", overrides)}
        />
      )}
      <NumberField
        label="Place"
        placeholder={String(DEFAULT_LIMIT_ORDER)}
        hint="Lower places are looked at first; the first limit that refuses ends it"
        error={errors.order?.message}
        value={watch("order")}
        onChange={(order) => setValue("order", Number.isNaN(order) ? undefined : order, { shouldDirty: true, shouldValidate: formState.isSubmitted })}
      />
    </PolicyFrame>
  );
}
