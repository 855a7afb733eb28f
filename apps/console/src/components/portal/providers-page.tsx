"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import type { PortalOutputs } from "@/server/portal/root";
import { usePortal } from "@/trpc/portal-client";
import { ProviderForm } from "./provider-form";
import { ProviderLines } from "./provider-lines";
import { ReleaseNote } from "./release-note";

/** In the address, of the form for another one. No provider's name holds a `+`. */
const NEW = "+new";

/** The tenant's identity providers, and the form of one. The first is registered right here. */
export function ProvidersPage({ organisation, slug }: { organisation: string; slug: string }) {
  const portal = usePortal();
  const list = useSuspenseQuery(portal.providers.list.queryOptions());
  const [asked, open] = useQueryState("provider", parseAsString.withOptions({ history: "push" }));
  const [saved, setSaved] = useState<PortalOutputs["providers"]["save"] | null>(null);
  const rows = list.data;
  const row = rows.find(({ name }) => name === asked) ?? null;
  const isOpen = row !== null || asked === NEW || rows.length === 0;
  if (isOpen)
    return (
      <ProviderForm
        key={row?.name ?? NEW}
        row={row}
        slug={slug}
        taken={rows.map(({ name }) => name)}
        onCancel={rows.length === 0 ? null : () => void open(null)}
        onSaved={(outcome) => {
          setSaved(outcome);
          void open(null);
        }}
      />
    );
  return (
    <>
      <h2 className="step mb-1">Your identity providers</h2>
      <p className="t2 mb-5">Whose tokens the gateway takes for you, and as whom.</p>
      {saved && <ReleaseNote saved={saved} organisation={organisation} />}
      <ProviderLines rows={rows} organisation={organisation} onChange={(name) => void open(name)} onAdd={() => void open(NEW)} />
    </>
  );
}
