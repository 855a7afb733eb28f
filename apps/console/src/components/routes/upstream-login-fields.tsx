"use client";

import { upstreamLoginSpec } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { upstreamLoginSentences } from "@/lib/lockout-words";
import { CheckField, TextField } from "@/ui/field";
import { NumberListField } from "@/ui/number-field";
import type { RouteForm } from "./route-fields";

type UpstreamLogin = z.input<typeof upstreamLoginSpec>;

/** Whoever switches it on names the field. */
const START: UpstreamLogin = { usernameField: "", failedStatuses: [401] };

/** A login that the upstream does itself, whose failures count for the lockout policy. */
export function UpstreamLoginFields({ form }: { form: RouteForm }) {
  const { watch, formState } = form;
  const login = watch("upstreamLogin");
  const change = (next: UpstreamLogin | undefined) => setPart(form, "upstreamLogin", next);
  const errors = formState.errors.upstreamLogin;
  const parsed = upstreamLoginSpec.safeParse(login);
  return (
    <>
      <CheckField label="People sign in here" checked={login !== undefined} onChange={(event) => change(event.target.checked ? START : undefined)} />
      {login === undefined && (
        <TextField
          label="Field that rate limits count by"
          mono
          spellCheck={false}
          autoCapitalize="none"
          placeholder="not read"
          hint="In the body, of limits by username: the address that a password reset is sent to"
          error={formState.errors.usernameField?.message}
          value={watch("usernameField") ?? ""}
          onChange={(event) => setPart(form, "usernameField", event.target.value || undefined)}
        />
      )}
      {login && (
        <>
          <p className="t2">
            {parsed.success
              ? upstreamLoginSentences(parsed.data).join(" ")
              : "Nodes read who signs in and how the upstream answers, and count failed logins for the lockout policy."}
          </p>
          <TextField
            label="Field of the username"
            mono
            spellCheck={false}
            autoCapitalize="none"
            placeholder="email"
            hint="In the body; upper and lower case are one. Limits by username count by it, too"
            error={errors?.usernameField?.message}
            value={login.usernameField}
            onChange={(event) => change({ ...login, usernameField: event.target.value })}
          />
          <NumberListField
            label="Statuses of a failed login"
            rows={1}
            hint="One a line, 400 to 499"
            error={errors?.failedStatuses?.message ?? (errors?.failedStatuses ? "write statuses from 400 to 499, one a line" : undefined)}
            value={login.failedStatuses ?? []}
            onChange={(failedStatuses) => change({ ...login, failedStatuses })}
          />
          <FailedHeaderFields
            value={login.failedHeader}
            errors={errors?.failedHeader}
            onChange={(failedHeader) => change({ ...login, failedHeader })}
          />
        </>
      )}
    </>
  );
}

type FailedHeader = UpstreamLogin["failedHeader"];

/** For upstreams that answer a failed login like any other page: with a redirect, for example. */
function FailedHeaderFields({
  value,
  errors,
  onChange,
}: {
  value: FailedHeader;
  errors: { name?: { message?: string }; value?: { message?: string } } | undefined;
  onChange: (value: FailedHeader) => void;
}) {
  return (
    <>
      <CheckField
        label="A header of the answer says so, too"
        checked={value !== undefined}
        onChange={(event) => onChange(event.target.checked ? { name: "Location", value: "" } : undefined)}
      />
      {value && (
        <>
          <TextField
            label="Header of a failed login"
            mono
            spellCheck={false}
            error={errors?.name?.message}
            value={value.name}
            onChange={(event) => onChange({ ...value, name: event.target.value })}
          />
          <TextField
            label="Its value begins with"
            mono
            spellCheck={false}
            placeholder="/login?error"
            error={errors?.value?.message}
            value={value.value}
            onChange={(event) => onChange({ ...value, value: event.target.value })}
          />
        </>
      )}
    </>
  );
}
