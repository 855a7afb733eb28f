"use client";

import { entityName, identityProviderSpec, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "@sallyport/snapshot";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { DiscoveryChecks } from "@/components/identity-providers/discovery-checks";
import { MappingFields } from "@/components/identity-providers/mapping-fields";
import { ProviderFields } from "@/components/identity-providers/provider-fields";
import { VENDORS, type Vendor, vendorById, vendorOf } from "@/lib/portal-vendors";
import { problemOf, problemText } from "@/lib/problem";
import { typedSource } from "@/lib/typed-source";
import type { PortalOutputs } from "@/server/portal/root";
import { usePortal } from "@/trpc/portal-client";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { AskedFields } from "./asked-fields";
import { ClaimsPreview } from "./claims-preview";
import { audienceFor, VendorGuide } from "./vendor-guide";

type Row = PortalOutputs["providers"]["list"][number];

const isKnown = (alg: string): alg is SignatureAlgorithm => SIGNATURE_ALGORITHMS.some((known) => known === alg);
const FRESH = identityProviderSpec.parse({ issuer: "https://issuer.invalid", audiences: ["x"] });

/** What a form for a provider of this make begins with, beside what is typed. */
const startOf = ({ mapping, isAsked }: Vendor, name: string) => ({
  claimMapping: { ...FRESH.claimMapping, ...mapping },
  keys: isAsked ? { kind: "none" as const } : { kind: "discovery" as const },
  introspection: isAsked ? { client: { method: "client_secret_basic" as const, clientId: "", secret: `${name}-client` } } : null,
});

function freeName(wanted: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.includes(name)) return name;
  }
}

/** Registers or changes one identity provider: the guide, what was found at it, which tokens count, and whom they make. */
export function ProviderForm({
  row,
  slug,
  taken,
  onCancel,
  onSaved,
}: {
  row: Row | null;
  slug: string;
  /** Names of the tenant's providers. */
  taken: readonly string[];
  onCancel: (() => void) | null;
  onSaved: (saved: PortalOutputs["providers"]["save"]) => void;
}) {
  const portal = usePortal();
  const client = useQueryClient();
  const { data: setup } = useSuspenseQuery(portal.setup.read.queryOptions());
  const [vendor, setVendor] = useState<Vendor>(() => (row === null ? vendorById("entra") : vendorOf(row.spec)));
  const [name, setName] = useState(() => row?.name ?? freeName(vendor.id, taken));
  const [nameError, setNameError] = useState<string>();
  const [typed, setTyped] = useState(row?.spec.issuer ?? "");
  const [secret, setSecret] = useState("");
  const discovery = useMutation(portal.providers.check.mutationOptions());
  const save = useMutation(portal.providers.save.mutationOptions({ gcTime: 0 }));
  const found = discovery.data?.found ?? null;

  const spec = useSpecForm({
    schema: identityProviderSpec,
    values: row?.spec ?? { ...FRESH, ...startOf(vendor, name), issuer: "", audiences: [] },
    version: row?.version ?? null,
    save: async (document, version) => {
      const saved = await save.mutateAsync({ name, version, spec: document, ...(secret && { clientSecret: secret }) });
      await client.invalidateQueries({ queryKey: portal.providers.list.queryKey() });
      void client.invalidateQueries({ queryKey: portal.setup.read.queryKey() });
      onSaved(saved);
    },
    onSaved: () => undefined,
  });
  const { form } = spec;
  const { errors } = form.formState;

  const choose = (id: string) => {
    const next = vendorById(id);
    setVendor(next);
    if (row !== null) return;
    const named = name === freeName(vendor.id, taken) ? freeName(next.id, taken) : name;
    setName(named);
    const start = startOf(next, named);
    form.setValue("claimMapping", start.claimMapping);
    form.setValue("keys", start.keys);
    form.setValue("introspection", start.introspection);
    // What we give them is what their tokens then hold.
    if (form.getValues("audiences").length === 0 && next.give.includes("audience"))
      form.setValue("audiences", [audienceFor(setup.address, slug)], { shouldDirty: true });
  };
  const check = async (source: string) => {
    if (source.trim() === "") return;
    const answer = await discovery.mutateAsync({ ...typedSource(source), spec: form.getValues() }).catch(() => null);
    if (!answer?.found) {
      if (/^https?:/.test(source) && form.getValues("issuer") === "") form.setValue("issuer", source.trim());
      return;
    }
    setTyped(answer.found.issuer);
    form.setValue("issuer", answer.found.issuer, { shouldDirty: true });
    const offered = answer.found.algorithms.filter(isKnown);
    const standard = FRESH.algorithms.filter((alg) => offered.length === 0 || offered.includes(alg));
    if (standard.length > 0 && row === null) form.setValue("algorithms", standard, { shouldDirty: true });
  };
  const submit = async () => {
    const named = entityName.safeParse(name);
    setNameError(named.success ? undefined : named.error.issues[0]?.message);
    if (!named.success) return;
    if (form.getValues("issuer") === "") form.setValue("issuer", typed.trim(), { shouldDirty: true });
    await spec.submit();
  };
  const secretError = save.error ? problemOf(save.error).issues.find(({ path }) => path === "clientSecret" || path === "value")?.message : undefined;

  return (
    <>
      <h2 className="step mb-1">{row === null ? "Register your identity provider" : `Change ${row.name}`}</h2>
      <p className="t2 mb-5">Nothing changes for your users before it is saved and live.</p>
      <FormFrame spec={spec} what={name} id="provider" edited={row === null ? typed !== "" : secret !== ""}>
        <section className="box" aria-label="At your provider">
          <div className="part fields">
            <SelectField label="Which provider do you have?" value={vendor.id} onChange={(event) => choose(event.target.value)}>
              {VENDORS.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </SelectField>
          </div>
          <div className="part">
            <div className="rh">
              <h3 className="b">Do this at {vendor.isGeneric ? "your provider" : vendor.name}</h3>
            </div>
            <VendorGuide vendor={vendor} setup={setup} slug={slug} />
          </div>
          <div className="part fields">
            <TextField
              label="Issuer, discovery URL or domain"
              mono
              spellCheck={false}
              autoCapitalize="none"
              placeholder={vendor.issuer}
              hint={vendor.issuerHint}
              error={errors.issuer?.message ?? (discovery.error ? problemText(discovery.error) : undefined)}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                void check(typed);
              }}
            />
            <Button busy={discovery.isPending} onClick={() => void check(typed)}>
              {discovery.isPending ? "Looking it up…" : discovery.data ? "Check again" : "Look it up"}
            </Button>
          </div>
          <div className="room flush pt-3">
            <DiscoveryChecks
              checks={discovery.data?.checks}
              found={found}
              busy={discovery.isPending}
              onUseIssuer={(issuer) => {
                setTyped(issuer);
                form.setValue("issuer", issuer, { shouldDirty: true });
                void check(issuer);
              }}
              onAgain={() => void check(typed)}
            />
          </div>
        </section>
        <section className="box" aria-label="Which tokens count">
          <div className="part">
            <div className="rh">
              <h3 className="b">Which tokens count</h3>
              <span className="end hide-s">{vendor.audienceHint}</span>
            </div>
            <div className="fields">
              {row === null && (
                <TextField
                  label="Name"
                  mono
                  spellCheck={false}
                  autoCapitalize="none"
                  hint="What it is called here; it never changes"
                  error={nameError}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              )}
              <ProviderFields form={form} slug={slug} withIssuer={false} />
              <AskedFields form={form} secret={secret} onSecret={setSecret} hasSecret={row !== null} secretError={secretError} />
            </div>
          </div>
        </section>
        <section className="box" aria-label="Whom they make">
          <div className="part">
            <div className="rh">
              <h3 className="b">Whom they make</h3>
              <span className="end hide-s">A claim&rsquo;s name, or a JSON Pointer such as /realm_access/roles</span>
            </div>
            <div className="fields">
              <MappingFields form={form} />
              <ClaimsPreview form={form} />
            </div>
          </div>
        </section>
      </FormFrame>
      <div className="row mt-5">
        {onCancel !== null && (
          <Button variant="ghost" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <span className="grow" />
        <Button variant="primary" busy={spec.saving} disabled={typed.trim() === ""} onClick={() => void submit()}>
          {spec.saving ? "Saving and checking…" : "Save and check"}
        </Button>
      </div>
    </>
  );
}
