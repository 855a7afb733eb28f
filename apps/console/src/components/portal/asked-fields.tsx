"use client";

import { setPart } from "@/components/forms/set-part";
import type { ProviderForm } from "@/components/identity-providers/provider-fields";
import { SelectField, TextField } from "@/ui/field";

/** As whom, and where, the provider is asked about tokens. The secret goes beside the form: it is written once and never read. */
export function AskedFields({
  form,
  secret,
  onSecret,
  hasSecret,
  secretError,
}: {
  form: ProviderForm;
  secret: string;
  onSecret: (secret: string) => void;
  /** One was saved before. */
  hasSecret: boolean;
  secretError: string | undefined;
}) {
  const settings = form.watch("introspection") ?? null;
  const client = settings?.client;
  if (settings === null || client === undefined || client.method === "private_key_jwt") return null;
  const errorOf = (path: "endpoint" | "client.clientId") => form.getFieldState(`introspection.${path}`, form.formState).error?.message;
  return (
    <>
      <TextField
        label="Introspection endpoint"
        mono
        spellCheck={false}
        placeholder="from the discovery document"
        error={errorOf("endpoint")}
        value={settings.endpoint ?? ""}
        onChange={({ target }) => {
          const { endpoint: _, ...rest } = settings;
          setPart(form, "introspection", target.value ? { ...rest, endpoint: target.value } : rest);
        }}
      />
      <SelectField
        label="How the client proves itself"
        value={client.method}
        onChange={({ target }) =>
          setPart(form, "introspection", {
            ...settings,
            client: { ...client, method: target.value === "client_secret_post" ? "client_secret_post" : "client_secret_basic" },
          })
        }
      >
        <option value="client_secret_basic">Secret in the Authorization header</option>
        <option value="client_secret_post">Secret in the form</option>
      </SelectField>
      <TextField
        label="Client ID"
        mono
        spellCheck={false}
        autoComplete="off"
        error={errorOf("client.clientId")}
        value={client.clientId}
        onChange={({ target }) => setPart(form, "introspection", { ...settings, client: { ...client, clientId: target.value } })}
      />
      <TextField
        label="Client secret"
        type="password"
        autoComplete="new-password"
        hint={hasSecret ? "One is set. Left empty, it stays" : "Sealed at once; nobody can read it again"}
        error={secretError}
        value={secret}
        onChange={({ target }) => onSecret(target.value)}
      />
    </>
  );
}
