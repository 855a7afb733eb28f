"use client";

import type { loginSettings } from "@sallyport/snapshot";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { z } from "zod";
import { useTRPC } from "@/trpc/client";
import { SelectField, TextField } from "@/ui/field";

/** As whom we come to a provider, in every way that one can. */
export type AnyClient = z.input<typeof loginSettings>["client"];
/** Those that prove themselves. */
export type ProvenClient = Exclude<AnyClient, { method: "none" }>;

/** A client that proves itself by a method, with what was typed already. */
export function provenClient(method: string, clientId: string, secret: string): ProvenClient {
  switch (method) {
    case "client_secret_post":
      return { method, clientId, secret };
    case "private_key_jwt":
      return { method, clientId, key: secret, algorithm: "RS256", kid: null };
    default:
      return { method: "client_secret_basic", clientId, secret };
  }
}

const secretOf = (client: AnyClient): string | null =>
  client.method === "none" ? null : client.method === "private_key_jwt" ? client.key : client.secret;

const withSecret = (client: AnyClient, secret: string): AnyClient =>
  client.method === "none" ? client : client.method === "private_key_jwt" ? { ...client, key: secret } : { ...client, secret };

/** As whom we come to the provider, and which secret proves it. `mayBePublic`: a client without a secret is one, too. */
export function ClientFields({
  client,
  slug,
  errors,
  mayBePublic = false,
  onChange,
}: {
  client: AnyClient;
  slug: string;
  errors: { readonly clientId?: string | undefined; readonly secret?: string | undefined };
  mayBePublic?: boolean;
  onChange: (client: AnyClient) => void;
}) {
  const trpc = useTRPC();
  const secrets = useQuery(trpc.secrets.list.queryOptions({ slug }));
  const named = secretOf(client);
  const type = client.method === "private_key_jwt" ? "private_key" : "client_secret";
  const fitting = (secrets.data ?? []).filter((secret) => secret.type === type).map(({ name }) => name);
  const unread = secrets.isPending ? "Loading…" : "The secrets could not be read";
  const prompt = !secrets.data ? unread : fitting.length === 0 ? "None yet: add one under Secrets" : "Choose…";
  return (
    <>
      <SelectField
        label="Proves itself by"
        value={client.method}
        onChange={({ target: { value } }) =>
          onChange(value === "none" ? { method: "none", clientId: client.clientId } : provenClient(value, client.clientId, ""))
        }
      >
        <option value="client_secret_basic">Client secret, in the header</option>
        <option value="client_secret_post">Client secret, in the form</option>
        <option value="private_key_jwt">A JWT that is signed with a private key</option>
        {mayBePublic && <option value="none">Nothing: a public client, PKCE alone</option>}
      </SelectField>
      <TextField
        label="Client id"
        mono
        spellCheck={false}
        autoCapitalize="none"
        error={errors.clientId}
        value={client.clientId}
        onChange={(event) => onChange({ ...client, clientId: event.target.value })}
      />
      {named !== null && (
        <SelectField
          label={type === "private_key" ? "Private key" : "Secret"}
          error={named === "" ? errors.secret : undefined}
          hint={
            <>
              One of this tenant&rsquo;s <Link href={`/tenants/${slug}/secrets`}>secrets</Link>; its value is sent to this provider only
            </>
          }
          value={named}
          onChange={(event) => onChange(withSecret(client, event.target.value))}
        >
          <option value="">{prompt}</option>
          {[...new Set([...fitting, ...(named === "" ? [] : [named])])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
    </>
  );
}
