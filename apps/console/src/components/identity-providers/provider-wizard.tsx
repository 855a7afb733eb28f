"use client";

import { entityName, identityProviderSpec, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { problemText } from "@/lib/problem";
import { typedSource } from "@/lib/typed-source";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { TextField } from "@/ui/field";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";
import { AdvancedFields } from "./advanced-fields";
import { DiscoveryChecks } from "./discovery-checks";
import { ProviderFields } from "./provider-fields";

const START_NAME = "main";
const STEPS = ["Source", "Tokens", "Claims"] as const;
const STEP_TITLES = { Source: "Source and discovery", Tokens: "Tokens", Claims: "Claims and keys" } as const;

const isKnown = (alg: string): alg is SignatureAlgorithm => SIGNATURE_ALGORITHMS.some((known) => known === alg);

/** Will tokens from this identity provider be accepted, and as whom? */
export function ProviderWizard({ slug }: { slug: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const [name, setName] = useState(START_NAME);
  const [nameError, setNameError] = useState<string>();
  const [step, setStep] = useState<(typeof STEPS)[number]>("Source");
  const put = useMutation(trpc.objects.identityProviders.put.mutationOptions());
  const discovery = useMutation(trpc.identityProviders.check.mutationOptions());
  const found = discovery.data?.found ?? null;
  const checks = discovery.data?.checks;

  const spec = useSpecForm({
    schema: identityProviderSpec,
    values: { ...identityProviderSpec.parse({ issuer: "https://issuer.invalid", audiences: ["x"] }), issuer: "", audiences: [] },
    version: null,
    save: (document, version) => put.mutateAsync({ slug, name, spec: document, version }),
    onSaved: () => {
      notify({ title: `${name} is in the draft of ${slug}` });
      void client.invalidateQueries();
      router.push(`/tenants/${slug}/identity-providers`);
    },
  });
  const { form } = spec;
  const errors = form.formState.errors;

  const check = async (source: string) => {
    if (source.trim() === "") return;
    const answer = await discovery.mutateAsync({ slug, ...typedSource(source), spec: form.getValues() }).catch(() => null);
    if (!answer?.found) {
      if (/^https?:/.test(source) && form.getValues("issuer") === "") form.setValue("issuer", source.trim());
      return;
    }
    form.setValue("issuer", answer.found.issuer, { shouldDirty: true });
    const offered = answer.found.algorithms.filter(isKnown);
    const standard = identityProviderSpec.shape.algorithms.parse(undefined).filter((alg) => offered.length === 0 || offered.includes(alg));
    if (standard.length > 0) form.setValue("algorithms", standard, { shouldDirty: true });
  };
  const useIssuer = (issuer: string) => {
    setTyped(issuer);
    form.setValue("issuer", issuer, { shouldDirty: true });
    void check(issuer);
  };
  const save = async () => {
    const named = entityName.safeParse(name);
    setNameError(named.success ? undefined : named.error.issues[0]?.message);
    if (!named.success) return setStep("Source");
    await spec.submit();
    if (errors.audiences || errors.algorithms || errors.tenantClaim) setStep("Tokens");
  };
  const at = STEPS.indexOf(step);

  return (
    <>
      <PageHead
        title={`Add an identity provider to ${slug}`}
        answer="Nothing reaches a node before it is published."
        actions={
          <>
            <LinkButton variant="ghost" href={`/tenants/${slug}/identity-providers`}>
              Cancel
            </LinkButton>
            {at < STEPS.length - 1 && (
              <Button onClick={() => setStep(STEPS[at + 1] ?? step)} disabled={form.watch("issuer") === ""}>
                Continue to {STEP_TITLES[STEPS[at + 1] ?? "Claims"].toLowerCase()}
              </Button>
            )}
            <Button variant="primary" busy={spec.saving} disabled={form.watch("issuer") === ""} onClick={() => void save()}>
              Add to the draft
            </Button>
          </>
        }
      />
      <ol className="steps px-6 pt-4 max-s:px-4">
        {STEPS.map((title, index) => (
          <li key={title} className={index < at ? "done" : undefined} aria-current={title === step ? "step" : undefined}>
            <span className="ix">{index + 1}</span>
            <button type="button" className="link plain" onClick={() => setStep(title)}>
              {title}
            </button>
          </li>
        ))}
      </ol>
      <div className="rooms split-l topped s:grid-cols-[minmax(0,372px)_minmax(0,1fr)]">
        <section className="room pt-5">
          <FormFrame spec={spec} what={name} id="provider" className="fields" edited={typed !== "" || name !== START_NAME}>
            {step === "Source" && (
              <>
                <div className="grid gap-2">
                  <TextField
                    label="Issuer, discovery URL or domain"
                    mono
                    autoFocus
                    spellCheck={false}
                    autoCapitalize="none"
                    placeholder="https://login.example.com"
                    hint={found ? "Filled in from the document" : "Enter looks it up"}
                    error={errors.issuer?.message ?? (discovery.error ? problemText(discovery.error) : undefined)}
                    value={typed}
                    onChange={(event) => setTyped(event.target.value)}
                    onKeyDown={(event) => {
                      if (event.key !== "Enter") return;
                      event.preventDefault();
                      void check(typed);
                    }}
                    onBlur={() => {
                      if (!discovery.data && !discovery.isPending) void check(typed);
                    }}
                  />
                  <Button onClick={() => void check(typed)} busy={discovery.isPending}>
                    {discovery.isPending ? "Looking it up…" : checks ? "Check again" : "Look it up"}
                  </Button>
                </div>
                <TextField
                  label="Name"
                  mono
                  spellCheck={false}
                  autoCapitalize="none"
                  hint="Routes refer to it; it never changes"
                  error={nameError}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
                <ProviderFields form={form} slug={slug} withIssuer={false} />
              </>
            )}
            {step === "Tokens" && <ProviderFields form={form} slug={slug} />}
            {step === "Claims" && <AdvancedFields form={form} slug={slug} />}
          </FormFrame>
        </section>
        <section className="room flush">
          <DiscoveryChecks checks={checks} found={found} busy={discovery.isPending} onUseIssuer={useIssuer} onAgain={() => void check(typed)} />
        </section>
      </div>
    </>
  );
}
