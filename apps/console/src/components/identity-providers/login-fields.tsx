"use client";

import { loginSettings } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { CheckField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { ClientFields, provenClient } from "./client-fields";
import type { ProviderForm } from "./provider-fields";

type Login = z.input<typeof loginSettings>;

/** What a provider that people have just been let sign in with starts with. */
const START: Login = { client: provenClient("client_secret_basic", "", ""), scopes: loginSettings.shape.scopes.parse(undefined) };

/** Signing people in with the provider, for routes that take sessions. */
export function LoginFields({ form, slug }: { form: ProviderForm; slug: string }) {
  const { watch, formState } = form;
  const login = watch("login") ?? null;
  const change = (next: Login | null) => setPart(form, "login", next);
  const errorOf = (path: "client.clientId" | "scopes" | "client") => form.getFieldState(`login.${path}`, formState).error;
  return (
    <>
      <CheckField
        label="Let people sign in with this provider (sessions)"
        checked={login !== null}
        onChange={(event) => change(event.target.checked ? START : null)}
      />
      {login && (
        <>
          <p className="t2">
            Register the redirect URI <code className="m">https://&lt;host&gt;/.sallyport/callback</code> at the provider, for each of the
            tenant&rsquo;s hosts.
          </p>
          <ClientFields
            client={login.client}
            slug={slug}
            mayBePublic
            errors={{ clientId: errorOf("client.clientId")?.message, secret: errorOf("client") && "choose a secret" }}
            onChange={(client) => change({ ...login, client })}
          />
          <ListField
            label="Scopes to ask for"
            rows={1}
            hint="openid must be among them; one a line"
            value={login.scopes ?? []}
            error={errorOf("scopes") && "openid must be among them, and a scope has no blanks or quotes"}
            onChange={(scopes) => change({ ...login, scopes })}
          />
        </>
      )}
    </>
  );
}
