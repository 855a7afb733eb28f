"use client";

import type { RouteAuthentication, routeSpec } from "@sallyport/snapshot";
import type { z } from "zod";
import { authenticationSentence, withoutProvider } from "@/lib/route-words";
import { CheckField, CheckSet, SelectField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { CredentialFields } from "./credential-fields";
import type { RouteForm } from "./route-fields";

const MODES = [
  { value: "required", label: "Required: a valid credential, else 401" },
  { value: "optional", label: "Optional: anonymous without one; one that is sent must hold" },
  { value: "public", label: "Public: nobody is asked" },
  { value: "deny", label: "Deny: every request is refused" },
] as const;

type Asking = Extract<RouteAuthentication, { authenticators: unknown }>;
const ASKED: Asking = {
  mode: "required",
  authenticators: ["bearer"],
  match: "first",
  identityProviders: [],
  requiredScopes: [],
  redirectToLogin: false,
};

/** What the form holds, with every member that a mode has: what is half typed has no defaults yet. */
function complete(typed: z.input<typeof routeSpec>["authentication"]): RouteAuthentication {
  switch (typed?.mode) {
    case "required": {
      const { authenticators = ["bearer"], match = "first", identityProviders = [], requiredScopes = [], redirectToLogin = false } = typed;
      return { mode: "required", authenticators, match, identityProviders, requiredScopes, redirectToLogin };
    }
    case "optional":
      return { mode: "optional", authenticators: typed.authenticators ?? ["bearer"], identityProviders: typed.identityProviders ?? [] };
    case "public":
      return { mode: "public" };
    default:
      return { mode: "deny" };
  }
}

/** Who may pass. */
export function AuthenticationFields({ form, providers }: { form: RouteForm; providers: readonly string[] }) {
  const { watch, setValue, formState } = form;
  const authentication = complete(watch("authentication"));
  const asking = "authenticators" in authentication ? authentication : null;
  const errors = formState.errors.authentication;
  const errorOf = (member: "authenticators" | "requiredScopes") => (errors && member in errors ? errors[member as keyof typeof errors] : undefined);
  const put = (next: RouteAuthentication) => setValue("authentication", next, { shouldDirty: true });
  const chooseMode = (mode: string) => {
    const { authenticators, identityProviders } = asking ?? ASKED;
    if (mode === "required") put({ ...ASKED, authenticators, identityProviders });
    else if (mode === "optional") put({ mode, authenticators, identityProviders });
    else put({ mode: mode === "public" ? "public" : "deny" });
  };
  return (
    <>
      <SelectField label="Authentication" error={errors?.message} value={authentication.mode} onChange={(event) => chooseMode(event.target.value)}>
        {MODES.map((mode) => (
          <option key={mode.value} value={mode.value}>
            {mode.label}
          </option>
        ))}
      </SelectField>
      {asking && (
        <CredentialFields
          chosen={asking.authenticators}
          match={asking.mode === "required" ? asking.match : null}
          error={errorOf("authenticators") && "name at least one kind of credential"}
          onChoose={(authenticators) => put({ ...asking, authenticators })}
          onMatch={(match) => asking.mode === "required" && put({ ...asking, match })}
        />
      )}
      <p className="t2" aria-live="polite">
        {asking?.authenticators.length === 0 ? "Tick at least one kind of credential." : authenticationSentence(authentication)}
      </p>
      {asking?.mode === "required" && asking.authenticators.includes("session") && (
        <CheckField
          label="Send browsers without a session to the login"
          checked={asking.redirectToLogin}
          onChange={(event) => put({ ...asking, redirectToLogin: event.target.checked })}
        />
      )}
      {asking?.authenticators.some((kind) => !withoutProvider(kind)) && providers.length > 0 && (
        <CheckSet
          legend="Identity providers"
          hint="Whose tokens and logins count; none ticked means every enabled one of the tenant"
          options={providers.map((value) => ({ value }))}
          value={asking.identityProviders}
          onChange={(identityProviders) => put({ ...asking, identityProviders })}
        />
      )}
      {asking?.mode === "required" && (
        <ListField
          label="Required scopes"
          rows={1}
          hint="All must be granted, else 403 insufficient_scope; one a line"
          value={asking.requiredScopes}
          error={errorOf("requiredScopes") ? "an OAuth scope has no blanks or quotes" : undefined}
          onChange={(requiredScopes) => put({ ...asking, requiredScopes })}
        />
      )}
    </>
  );
}
