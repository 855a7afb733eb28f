"use client";

import { AUTHENTICATOR_KINDS, type AuthenticatorKind } from "@sallyport/snapshot";
import { CREDENTIAL_WORDS } from "@/lib/route-words";
import { Button } from "@/ui/button";
import { CheckField, SelectField } from "@/ui/field";

type Match = "first" | "all";

/** Which kinds of credentials a route takes, in which order, and whether one is enough. `match` null: it is always. */
export function CredentialFields({
  chosen,
  match,
  error,
  onChoose,
  onMatch,
}: {
  chosen: readonly AuthenticatorKind[];
  match: Match | null;
  error?: string;
  onChoose: (kinds: AuthenticatorKind[]) => void;
  onMatch: (match: Match) => void;
}) {
  const shown = [...chosen, ...AUTHENTICATOR_KINDS.filter((kind) => !chosen.includes(kind))];
  const earlier = (index: number) => {
    const kind = chosen[index];
    if (kind) onChoose([...chosen.slice(0, index - 1), kind, ...chosen.slice(index - 1).filter((each) => each !== kind)]);
  };
  return (
    <>
      <div className="field">
        <fieldset className="checkset">
          <legend>Credentials, in their order</legend>
          {shown.map((kind) => {
            const { label } = CREDENTIAL_WORDS[kind];
            const place = chosen.indexOf(kind);
            return (
              <div key={kind} className="row s2 w-full">
                <CheckField
                  label={place >= 0 && chosen.length > 1 ? `${place + 1}. ${label}` : label}
                  checked={place >= 0}
                  onChange={(event) => onChoose(event.target.checked ? [...chosen, kind] : chosen.filter((each) => each !== kind))}
                />
                {place > 0 && (
                  <Button size="xs" variant="ghost" aria-label={`Look for the ${label} first`} onClick={() => earlier(place)}>
                    Move up
                  </Button>
                )}
              </div>
            );
          })}
        </fieldset>
        {error && (
          <em className="err" role="alert">
            {error}
          </em>
        )}
      </div>
      {match !== null && chosen.length > 1 && (
        <SelectField label="How many are needed" value={match} onChange={(event) => onMatch(event.target.value === "all" ? "all" : "first")}>
          <option value="first">One: the first of them that is sent decides</option>
          <option value="all">All of them: each must be sent and hold</option>
        </SelectField>
      )}
    </>
  );
}
