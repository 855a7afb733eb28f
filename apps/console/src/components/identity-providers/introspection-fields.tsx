"use client";

import { introspectionSettings } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { CheckField, CheckSet, SelectField, TextField } from "@/ui/field";
import { ClientFields, provenClient } from "./client-fields";
import type { ProviderForm } from "./provider-fields";

type Introspection = z.input<typeof introspectionSettings>;

/** What a provider that has just been switched on starts with. */
const START: Introspection = {
  ...introspectionSettings.parse({ client: provenClient("client_secret_basic", "x", "x") }),
  client: provenClient("client_secret_basic", "", ""),
};

/** Asking the provider about tokens: whether, where, as whom, and what an answer must say. */
export function IntrospectionFields({ form, slug }: { form: ProviderForm; slug: string }) {
  const { watch, formState } = form;
  const settings = watch("introspection") ?? null;
  const change = (next: Introspection | null) => setPart(form, "introspection", next);
  const errorOf = (path: "endpoint" | "client.clientId" | "cacheSeconds") => form.getFieldState(`introspection.${path}`, formState).error?.message;
  return (
    <>
      <CheckField
        label="Ask this provider about tokens (introspection)"
        checked={settings !== null}
        onChange={(event) => change(event.target.checked ? START : null)}
      />
      {settings && (
        <>
          <SelectField
            label="Tokens to ask about"
            value={settings.tokens ?? "opaque"}
            onChange={(event) => change({ ...settings, tokens: event.target.value === "all" ? "all" : "opaque" })}
          >
            <option value="opaque">Opaque ones: JWTs are verified at the node</option>
            <option value="all">All of them, JWTs too</option>
          </SelectField>
          <TextField
            label="Endpoint"
            mono
            spellCheck={false}
            placeholder="from the discovery document"
            hint="Left empty, the document's introspection_endpoint"
            error={errorOf("endpoint")}
            value={settings.endpoint ?? ""}
            onChange={(event) => {
              const { endpoint: _, ...rest } = settings;
              change(event.target.value ? { ...rest, endpoint: event.target.value } : rest);
            }}
          />
          <ClientFields
            client={settings.client}
            slug={slug}
            errors={{
              clientId: errorOf("client.clientId"),
              secret: form.getFieldState("introspection.client", formState).error && "choose a secret",
            }}
            onChange={(client) => client.method !== "none" && change({ ...settings, client })}
          />
          <SelectField
            label="Subject"
            value={settings.subject ?? "sub"}
            onChange={(event) => change({ ...settings, subject: introspectionSettings.shape.subject.parse(event.target.value) })}
          >
            <option value="sub">sub</option>
            <option value="username">username</option>
            <option value="client_id">client_id</option>
          </SelectField>
          <CheckSet
            legend="An answer must have"
            mono
            options={[{ value: "iss" }, { value: "aud" }, { value: "exp" }]}
            hint="All are checked when they are there"
            value={settings.required ?? []}
            onChange={(required) => change({ ...settings, required })}
          />
          <TextField
            label="Keep an answer for, seconds"
            type="number"
            min={0}
            max={600}
            hint="A revoked token passes at most this long; 0 asks every time"
            error={errorOf("cacheSeconds")}
            value={settings.cacheSeconds ?? 30}
            onChange={(event) => change({ ...settings, cacheSeconds: event.target.valueAsNumber })}
          />
        </>
      )}
    </>
  );
}
