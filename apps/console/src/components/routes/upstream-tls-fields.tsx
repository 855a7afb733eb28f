"use client";

import { upstreamTls } from "@sallyport/snapshot";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { useTRPC } from "@/trpc/client";
import { AreaField, CheckField, SelectField, TextField } from "@/ui/field";
import type { UpstreamForm } from "./upstream-fields";

type Tls = z.input<typeof upstreamTls>;

const START: Tls = upstreamTls.parse({});

/** How the nodes and the upstream prove to each other who they are. */
export function UpstreamTlsFields({ form, slug }: { form: UpstreamForm; slug: string }) {
  const { watch, formState } = form;
  const tls = watch("tls");
  const change = (next: Tls | undefined) => setPart(form, "tls", next);
  /** Takes a member in, or leaves it out when it is empty: a member that is left out has its default. */
  const set = (member: "ca" | "serverName" | "clientCertificate", value: string) => {
    const { [member]: _, ...rest } = tls ?? {};
    change(value === "" ? rest : { ...rest, [member]: value });
  };
  const errors = formState.errors.tls;
  return (
    <>
      <p className="t2">
        With https:// an upstream&rsquo;s certificate is always verified: its name, its dates and who vouches for it. Without own values the
        authorities of the node&rsquo;s system vouch, and TLS is 1.2 or later.
      </p>
      <CheckField label="Own values for TLS" checked={tls !== undefined} onChange={(event) => change(event.target.checked ? START : undefined)} />
      {tls && (
        <>
          <AreaField
            label="Authorities"
            mono
            rows={5}
            spellCheck={false}
            placeholder="-----BEGIN CERTIFICATE-----"
            hint="PEM; these alone are trusted. Empty means those of the node's system"
            error={errors?.ca?.message}
            value={tls.ca ?? ""}
            onChange={(event) => set("ca", event.target.value)}
          />
          <TextField
            label="Expected name"
            mono
            spellCheck={false}
            placeholder="the address's host"
            hint="Asked for (SNI), and looked for in the certificate"
            error={errors?.serverName?.message}
            value={tls.serverName ?? ""}
            onChange={(event) => set("serverName", event.target.value)}
          />
          <SelectField
            label="Oldest version"
            value={tls.minVersion ?? "1.2"}
            onChange={(event) => change({ ...tls, minVersion: event.target.value === "1.3" ? "1.3" : "1.2" })}
          >
            <option value="1.2">TLS 1.2</option>
            <option value="1.3">TLS 1.3</option>
          </SelectField>
          <ClientCertificate
            slug={slug}
            value={tls.clientCertificate ?? ""}
            error={errors?.clientCertificate?.message}
            onChange={(name) => set("clientCertificate", name)}
          />
        </>
      )}
    </>
  );
}

function ClientCertificate({
  slug,
  value,
  error,
  onChange,
}: {
  slug: string;
  value: string;
  error: string | undefined;
  onChange: (name: string) => void;
}) {
  const trpc = useTRPC();
  const secrets = useQuery(trpc.secrets.list.queryOptions({ slug }));
  const fitting = (secrets.data ?? []).filter(({ type }) => type === "client_certificate").map(({ name }) => name);
  const none = secrets.isPending ? "Loading…" : secrets.data ? "None" : "The secrets could not be read";
  return (
    <SelectField
      label="Client certificate"
      error={error}
      hint={
        <>
          Who the nodes are, where the upstream asks (mutual TLS): one of this tenant&rsquo;s{" "}
          <Link className="underline" href={`/tenants/${slug}/secrets`}>
            secrets
          </Link>
        </>
      }
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{none}</option>
      {[...new Set([...fitting, ...(value === "" ? [] : [value])])].map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
