"use client";

import { entityName, policyTestSpec } from "@sallyport/snapshot";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { useLeave } from "@/components/policies/policy-frame";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { policyTestWords } from "@/lib/policy-test-words";
import { problemText } from "@/lib/problem";
import type { PolicyTestRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { AreaField, TextField } from "@/ui/field";
import { PageHead } from "@/ui/page-head";
import { Status } from "@/ui/status";
import { ExpectFields } from "./expect-fields";
import { RequestFields } from "./request-fields";
import { ShownFields } from "./shown-fields";
import { TestVerdict } from "./test-trace";

/** Adds or edits a policy test; `row` null adds. It can be tried before it is saved. */
export function PolicyTestEditor({
  slug,
  row,
  routes,
  providers,
}: {
  slug: string;
  row: PolicyTestRow | null;
  routes: readonly string[];
  providers: readonly string[];
}) {
  const trpc = useTRPC();
  const { can } = useMe();
  const back = `/tenants/${slug}/tests`;
  const leave = useLeave(back);
  const put = useMutation(trpc.objects.policyTests.put.mutationOptions());
  const remove = useMutation(trpc.objects.policyTests.remove.mutationOptions());
  const attempt = useMutation(trpc.policyTests.attempt.mutationOptions());
  const [name, setName] = useState(row?.name ?? "");
  const [nameError, setNameError] = useState<string>();
  const spec = useSpecForm({
    schema: policyTestSpec,
    values: row?.spec ?? policyTestSpec.parse({ expect: { outcome: "deny", code: "missing_token" } }),
    version: row?.version ?? null,
    save: (document, version) => put.mutateAsync({ slug, name, spec: document, version }),
    onSaved: () => leave(`Test ${name} is saved`),
  });
  const { register, watch, formState } = spec.form;
  const parsed = policyTestSpec.safeParse(watch());
  const save = async () => {
    const named = entityName.safeParse(name);
    setNameError(named.error?.issues[0]?.message);
    if (named.success) await spec.submit();
  };
  const editable = can("policy.write");
  return (
    <>
      <PageHead
        title={row ? row.name : `Add a test to ${slug}`}
        answer="It holds from the moment it is saved: each publish that concerns it has to pass."
        actions={
          editable && (
            <>
              {row && (
                <RemoveButton
                  what={row.name}
                  consequence="Publishes are no longer held back by it. The audit log keeps what it said."
                  onRemove={async () => {
                    await remove.mutateAsync({ slug, name: row.name, version: row.version });
                    leave(`Test ${row.name} is removed`);
                  }}
                />
              )}
              <LinkButton href={back}>Cancel</LinkButton>
              <Button variant="primary" busy={spec.saving} onClick={() => void save()}>
                Save test
              </Button>
            </>
          )
        }
      />
      <div className="rooms split-l s:grid-cols-[minmax(0,1fr)_minmax(0,420px)]">
        <section className="room pt-5">
          <FormFrame spec={{ ...spec, submit: save }} what={name} id="policy-test" edited={name !== (row?.name ?? "")}>
            <fieldset className="bare fields" disabled={!editable}>
              {!row && (
                <TextField
                  label="Name"
                  mono
                  spellCheck={false}
                  placeholder="payments-need-a-token"
                  hint="It never changes"
                  error={nameError}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              )}
              <AreaField
                label="What it guards"
                rows={2}
                hint="One sentence, for whoever it holds up"
                error={formState.errors.description?.message}
                {...register("description", { setValueAs: (text: unknown) => (typeof text === "string" && text.trim() !== "" ? text : undefined) })}
              />
              <RequestFields form={spec.form} />
              <ShownFields form={spec.form} providers={providers} />
              <ExpectFields form={spec.form} routes={routes} />
            </fieldset>
          </FormFrame>
        </section>
        <section className="room pt-5">
          <h2 className="b mb-2">What it says</h2>
          <p className="t2" aria-live="polite">
            {parsed.success ? `${policyTestWords(parsed.data)}.` : "Complete the form to see it in words."}
          </p>
          <div className="row mt-4 mb-4">
            <Button
              busy={attempt.isPending}
              disabled={!parsed.success}
              onClick={() => parsed.success && attempt.mutate({ slug, spec: parsed.data, on: "draft" })}
            >
              Run on the draft
            </Button>
          </div>
          <div className="verdict" aria-live="polite">
            {attempt.error && (
              <p className="note fail" role="alert">
                <Status tone="fail" />
                <span>{problemText(attempt.error)}</span>
              </p>
            )}
            {attempt.data && !attempt.error && (
              <>
                <p className="mb-2">
                  <Status tone={attempt.data.passed ? "ok" : "fail"} coloured>
                    {attempt.data.passed ? "It passes" : "It fails"}
                  </Status>
                </p>
                <div className="why">
                  <TestVerdict outcome={attempt.data} />
                </div>
              </>
            )}
          </div>
        </section>
      </div>
    </>
  );
}
