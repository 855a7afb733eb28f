"use client";

import type { PolicyTestSpec, policyTestSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { headerLines, headersOf } from "@/lib/policy-test-words";
import { SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";

export type TestForm = UseFormReturn<z.input<typeof policyTestSpec>, unknown, PolicyTestSpec>;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

/** The request as its client sends it. */
export function RequestFields({ form }: { form: TestForm }) {
  const { watch, setValue, formState } = form;
  const request = watch("request") ?? {};
  const errors = formState.errors.request;
  const put = (change: Partial<NonNullable<typeof request>>) => setValue("request", { ...request, ...change }, { shouldDirty: true });
  const method = request.method ?? "GET";
  return (
    <>
      <h2 className="b">A request</h2>
      <SelectField label="Method" error={errors?.method?.message} value={method} onChange={(event) => put({ method: event.target.value })}>
        {[...new Set([...METHODS, method])].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      <TextField
        label="Path"
        mono
        spellCheck={false}
        hint="With its query; without what names the tenant"
        error={errors?.path?.message}
        value={request.path ?? "/"}
        onChange={(event) => put({ path: event.target.value })}
      />
      <TextField
        label="Host"
        mono
        spellCheck={false}
        placeholder="the tenant's usual one"
        error={errors?.host?.message}
        value={request.host ?? ""}
        onChange={(event) => put({ host: event.target.value.trim() || undefined })}
      />
      <ListField
        label="Headers"
        rows={1}
        commas={false}
        hint="Name: value, one a line"
        error={errors?.headers ? "write Name: value; names are letters, digits and '-'" : undefined}
        value={headerLines((request.headers ?? []).map(({ name, value }) => ({ name, value })))}
        onChange={(lines) => put({ headers: headersOf(lines).map(({ name, value }) => ({ name, value: value ?? "" })) })}
      />
    </>
  );
}
