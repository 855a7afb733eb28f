"use client";

import { mappedClaims } from "@sallyport/pipeline";
import { claimMapping } from "@sallyport/snapshot";
import { useState } from "react";
import type { ProviderForm } from "@/components/identity-providers/provider-fields";
import { decodeClaims } from "@/lib/decode-claims";
import { AreaField } from "@/ui/field";

const NOTHING = <span className="t3">nothing</span>;
const listed = (values: readonly string[]) => (values.length === 0 ? NOTHING : <code>{values.join(" ")}</code>);
const text = (value: string | null) => (value === null ? NOTHING : <code>{value}</code>);

/** Whom a token would make, by the mapping as it stands in the form. The token stays in this browser and is not verified. */
export function ClaimsPreview({ form }: { form: ProviderForm }) {
  const [pasted, setPasted] = useState("");
  const mapping = claimMapping.safeParse(form.watch("claimMapping") ?? {});
  const claims = pasted.trim() === "" ? null : decodeClaims(pasted);
  const mapped = claims !== null && mapping.success ? mappedClaims(claims, mapping.data) : null;
  return (
    <>
      <AreaField
        label="Try it with a token, or its claims as JSON"
        mono
        rows={4}
        spellCheck={false}
        autoComplete="off"
        hint="It is read in this browser and sent nowhere"
        error={pasted.trim() !== "" && claims === null ? "is neither a JWT nor JSON; paste a whole token" : undefined}
        value={pasted}
        onChange={(event) => setPasted(event.target.value)}
      />
      {mapped && claims && (
        <dl className="pairs" aria-label="What the gateway would read" aria-live="polite">
          <dt>Subject</dt>
          <dd>{text(typeof claims.sub === "string" ? claims.sub : null)}</dd>
          <dt>E-mail</dt>
          <dd>{text(mapped.email)}</dd>
          <dt>Roles</dt>
          <dd>{listed(mapped.roles)}</dd>
          <dt>Scopes</dt>
          <dd>{listed(mapped.scopes)}</dd>
          <dt>Organisation</dt>
          <dd>{text(mapped.organization)}</dd>
          <dt>Session</dt>
          <dd>{mapped.hasSession ? "known" : NOTHING}</dd>
        </dl>
      )}
    </>
  );
}
