"use client";

import type { Role } from "@sallyport/control-plane";
import { FLEET_ROLES, ROLE_WORDS } from "@/lib/roles";
import { CheckField } from "@/ui/field";

/** Roles of the whole fleet, each with what it is for. */
export function RoleChoice({ value, onChange, error }: { value: readonly Role[]; onChange: (roles: Role[]) => void; error?: string }) {
  return (
    <div className="field">
      <fieldset className="bare">
        <legend className="legend">Roles</legend>
        {FLEET_ROLES.map((role) => (
          <div key={role}>
            <CheckField
              label={
                <span>
                  {ROLE_WORDS[role].name} <span className="t3">{ROLE_WORDS[role].summary}</span>
                </span>
              }
              checked={value.includes(role)}
              onChange={(event) => onChange(event.target.checked ? [...value, role] : value.filter((other) => other !== role))}
            />
          </div>
        ))}
      </fieldset>
      {error && <em className="err">{error}</em>}
    </div>
  );
}
