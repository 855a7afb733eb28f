"use client";

import { POLICY_TEST_CODES } from "@sallyport/snapshot";
import { headerLines, headersOf } from "@/lib/policy-test-words";
import { SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import type { TestForm } from "./request-fields";

/** What must become of the request. */
export function ExpectFields({ form, routes }: { form: TestForm; routes: readonly string[] }) {
  const { watch, setValue, formState } = form;
  const expect = watch("expect");
  const put = (next: typeof expect) => setValue("expect", next, { shouldDirty: true });
  const errors = formState.errors.expect;
  const known = [...new Set([...routes, ...(expect.route === undefined ? [] : [expect.route])])];
  const caller = expect.outcome === "deny" || expect.subject === undefined ? "any" : expect.subject === null ? "nobody" : "named";
  return (
    <>
      <h2 className="b">must be</h2>
      <SelectField
        label="Outcome"
        value={expect.outcome}
        onChange={(event) => put(event.target.value === "allow" ? { outcome: "allow" } : { outcome: "deny", code: "missing_token" })}
      >
        <option value="deny">Refused</option>
        <option value="allow">Let in</option>
      </SelectField>
      {expect.outcome === "deny" && (
        <SelectField
          label="With"
          value={expect.code}
          onChange={(event) => put({ ...expect, code: POLICY_TEST_CODES.find((code) => code === event.target.value) ?? "missing_token" })}
        >
          {POLICY_TEST_CODES.map((code) => (
            <option key={code}>{code}</option>
          ))}
        </SelectField>
      )}
      <SelectField
        label="By the route"
        value={expect.route ?? ""}
        onChange={(event) => {
          const { route: _, ...rest } = expect;
          put((event.target.value === "" ? rest : { ...rest, route: event.target.value }) as typeof expect);
        }}
      >
        <option value="">Any</option>
        {known.map((route) => (
          <option key={route}>{route}</option>
        ))}
      </SelectField>
      {expect.outcome === "allow" && (
        <>
          <SelectField
            label="As"
            value={caller}
            onChange={(event) => {
              const { subject: _, ...rest } = expect;
              put(event.target.value === "any" ? rest : { ...rest, subject: event.target.value === "nobody" ? null : "policy-test" });
            }}
          >
            <option value="any">Anybody</option>
            <option value="nobody">Nobody: no caller is known</option>
            <option value="named">One subject</option>
          </SelectField>
          {typeof expect.subject === "string" && (
            <TextField
              label="Subject"
              mono
              spellCheck={false}
              error={errors && "subject" in errors ? "write whose subject it is, or choose anybody" : undefined}
              value={expect.subject}
              onChange={(event) => put({ ...expect, subject: event.target.value })}
            />
          )}
          <ListField
            label="Headers that the upstream gets"
            rows={1}
            commas={false}
            hint="Name: value, one a line; a name alone must not be there"
            error={errors && "headers" in errors && errors.headers ? "write Name: value; names are letters, digits and '-'" : undefined}
            value={headerLines((expect.headers ?? []).map(({ name, value }) => ({ name, value })))}
            onChange={(lines) => put({ ...expect, headers: headersOf(lines).map(({ name, value }) => ({ name, value })) })}
          />
        </>
      )}
    </>
  );
}
