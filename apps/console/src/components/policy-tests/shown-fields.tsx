"use client";

import { policyTestCredential, TOKEN_FLAWS, type TokenFlaw } from "@sallyport/snapshot";
import { claimLines, claimsOf, FLAW_LABELS, SHOWN_LABELS } from "@/lib/policy-test-words";
import { CheckField, SelectField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import type { TestForm } from "./request-fields";

type Kind = keyof typeof SHOWN_LABELS;
const KINDS = Object.keys(SHOWN_LABELS) as Kind[];

/** What the request shows of its caller. */
export function ShownFields({ form, providers }: { form: TestForm; providers: readonly string[] }) {
  const { watch, setValue, formState } = form;
  const shown = watch("credential") ?? { kind: "none" };
  const put = (next: typeof shown) => setValue("credential", next, { shouldDirty: true });
  const choose = (kind: string) => {
    const [first = "main"] = providers;
    const before = "identityProvider" in shown ? shown.identityProvider : first;
    const fresh = policyTestCredential.safeParse({ kind });
    put(fresh.success ? fresh.data : policyTestCredential.parse({ kind, identityProvider: before }));
  };
  const claims = "claims" in shown ? (shown.claims ?? {}) : {};
  return (
    <>
      <h2 className="b">that shows</h2>
      <SelectField
        label="Credential"
        error={formState.errors.credential?.message}
        value={shown.kind}
        onChange={(event) => choose(event.target.value)}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {SHOWN_LABELS[kind]}
          </option>
        ))}
      </SelectField>
      {"identityProvider" in shown && (
        <SelectField
          label="Identity provider"
          value={shown.identityProvider}
          onChange={(event) => put({ ...shown, identityProvider: event.target.value })}
        >
          {[...new Set([...providers, shown.identityProvider])].map((provider) => (
            <option key={provider}>{provider}</option>
          ))}
        </SelectField>
      )}
      {(shown.kind === "token" || shown.kind === "opaque_token" || shown.kind === "session") && (
        <ListField
          label="Claims"
          rows={2}
          commas={false}
          hint="claim=value, one a line, over what the provider gives everybody; claim=null takes one away"
          error={formState.errors.credential ? "write claim=value" : undefined}
          value={claimLines(claims)}
          onChange={(lines) => put({ ...shown, claims: claimsOf(lines) as NonNullable<typeof shown.claims> })}
        />
      )}
      {shown.kind === "token" && (
        <SelectField
          label="What is wrong with it"
          value={shown.flaw ?? ""}
          onChange={(event) => {
            const flaw = TOKEN_FLAWS.find((each) => each === event.target.value);
            const { flaw: _, ...rest } = shown;
            put(flaw === undefined ? rest : { ...rest, flaw });
          }}
        >
          <option value="">Nothing</option>
          {TOKEN_FLAWS.map((flaw: TokenFlaw) => (
            <option key={flaw} value={flaw}>
              {FLAW_LABELS[flaw]}
            </option>
          ))}
        </SelectField>
      )}
      {shown.kind === "opaque_token" && (
        <CheckField
          label="The provider says that it is active"
          checked={shown.active ?? true}
          onChange={(event) => put({ ...shown, active: event.target.checked })}
        />
      )}
      {(shown.kind === "api_key" || shown.kind === "session") && (
        <ListField label="Scopes" rows={1} value={shown.scopes ?? []} onChange={(scopes) => put({ ...shown, scopes })} />
      )}
    </>
  );
}
