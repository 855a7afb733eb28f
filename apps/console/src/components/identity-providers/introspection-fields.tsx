"use client";

import { introspectionSettings } from "@sallyport/snapshot";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { z } from "zod";
import { useTRPC } from "@/trpc/client";
import { CheckField, CheckSet, SelectField, TextField } from "@/ui/field";
import type { ProviderForm } from "./provider-fields";

type Introspection = z.input<typeof introspectionSettings>;
type Client = Introspection["client"];

/** What a provider that has just been switched on starts with. */
const START: Introspection = {
  ...introspectionSettings.parse({ client: startClient("client_secret_basic", "x", "x") }),
  client: startClient("client_secret_basic", "", ""),
};

/** The client of a method; what was typed for another stays where it means the same. */
function startClient(method: string, clientId: string, secret: string): Client {
  switch (method) {
    case "client_secret_post":
      return { method, clientId, secret };
    case "private_key_jwt":
      return { method, clientId, key: secret, algorithm: "RS256", kid: null };
    default:
      return { method: "client_secret_basic", clientId, secret };
  }
}

/** Asking the provider about tokens: whether, where, as whom, and what an answer must say. */
export function IntrospectionFields({ form, slug }: { form: ProviderForm; slug: string }) {
  const { watch, setValue, formState } = form;
  const settings = watch("introspection") ?? null;
  const change = (next: Introspection | null) => setValue("introspection", next, { shouldDirty: true, shouldValidate: formState.isSubmitted });
  const errorOf = (path: "endpoint" | "client.clientId") => form.getFieldState(`introspection.${path}`, formState).error?.message;
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
            clientIdError={errorOf("client.clientId")}
            secretError={form.getFieldState("introspection.client", formState).error ? "choose a secret" : undefined}
            onChange={(client) => change({ ...settings, client })}
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
            value={settings.cacheSeconds ?? 30}
            onChange={(event) => change({ ...settings, cacheSeconds: event.target.valueAsNumber })}
          />
        </>
      )}
    </>
  );
}

/** As whom we ask, and which secret proves it. */
function ClientFields({
  client,
  slug,
  clientIdError,
  secretError,
  onChange,
}: {
  client: Client;
  slug: string;
  clientIdError: string | undefined;
  secretError: string | undefined;
  onChange: (client: Client) => void;
}) {
  const trpc = useTRPC();
  const secrets = useQuery(trpc.secrets.list.queryOptions({ slug }));
  const named = client.method === "private_key_jwt" ? client.key : client.secret;
  const type = client.method === "private_key_jwt" ? "private_key" : "client_secret";
  const fitting = (secrets.data ?? []).filter((secret) => secret.type === type).map(({ name }) => name);
  return (
    <>
      <SelectField
        label="Proves itself by"
        value={client.method}
        onChange={(event) => onChange(startClient(event.target.value, client.clientId, ""))}
      >
        <option value="client_secret_basic">Client secret, in the header</option>
        <option value="client_secret_post">Client secret, in the form</option>
        <option value="private_key_jwt">A JWT that is signed with a private key</option>
      </SelectField>
      <TextField
        label="Client id"
        mono
        spellCheck={false}
        autoCapitalize="none"
        error={clientIdError}
        value={client.clientId}
        onChange={(event) => onChange({ ...client, clientId: event.target.value })}
      />
      <SelectField
        label={type === "private_key" ? "Private key" : "Secret"}
        error={named === "" ? secretError : undefined}
        hint={
          <>
            One of this tenant&rsquo;s <Link href={`/tenants/${slug}/secrets`}>secrets</Link>; its value is sent to this provider only
          </>
        }
        value={named}
        onChange={(event) =>
          onChange(client.method === "private_key_jwt" ? { ...client, key: event.target.value } : { ...client, secret: event.target.value })
        }
      >
        <option value="">{fitting.length === 0 ? "None yet: add one under Secrets" : "Choose…"}</option>
        {[...new Set([...fitting, ...(named === "" ? [] : [named])])].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
    </>
  );
}
