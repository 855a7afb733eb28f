"use client";

import { type LockoutPolicySpec, lockoutPolicySpec } from "@sallyport/snapshot";
import type { FieldErrors } from "react-hook-form";
import type { z } from "zod";
import { STANDARD_LOCKOUT } from "@/lib/lockout-words";
import { SelectField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { NumberField } from "@/ui/number-field";

type LockoutInput = z.input<typeof lockoutPolicySpec>;

/** Where a policy may come from instead of the form. */
export interface InheritedLockout {
  /** `The fleet's`: as a choice of the list. */
  readonly label: string;
  /** The other choice: `Its own, in place of the fleet's`. */
  readonly otherwise: string;
  /** Null where who edits may not see it. */
  readonly policy: LockoutPolicySpec | null;
}

/** The fields of a lockout policy that may be left out. @param value undefined: the inherited one holds */
export function LockoutFields({
  value,
  inherited,
  errors,
  onChange,
}: {
  value: LockoutInput | undefined;
  inherited: InheritedLockout;
  errors: FieldErrors<LockoutInput> | undefined;
  onChange: (value: LockoutInput | undefined) => void;
}) {
  return (
    <>
      <SelectField
        label="Policy"
        value={value === undefined ? "inherited" : "own"}
        onChange={(event) => onChange(event.target.value === "own" ? (inherited.policy ?? STANDARD_LOCKOUT) : undefined)}
      >
        <option value="inherited">{inherited.label}</option>
        <option value="own">{inherited.otherwise}</option>
      </SelectField>
      {value && <OwnFields value={value} errors={errors} onChange={onChange} />}
    </>
  );
}

function OwnFields({
  value,
  errors,
  onChange,
}: {
  value: LockoutInput;
  errors: FieldErrors<LockoutInput> | undefined;
  onChange: (value: LockoutInput) => void;
}) {
  const username = value.username ?? STANDARD_LOCKOUT.username;
  const change = (part: Partial<LockoutInput>) => onChange({ ...value, ...part });
  const action = value.action ?? "refuse";
  return (
    <>
      <SelectField
        label="After too many failures"
        value={action}
        onChange={(event) => change({ action: lockoutPolicySpec.shape.action.parse(event.target.value) })}
      >
        <option value="refuse">Refuse with 429 locked_out</option>
        <option value="observe">Only report what would be refused</option>
        <option value="off">Do not count at all</option>
      </SelectField>
      {action !== "off" && (
        <>
          <RuleFields legend="One address, whatever it tries" rule={value} errors={errors} onChange={change} />
          <RuleFields
            legend="One username, at routes with a login of their upstream’s"
            rule={username}
            errors={errors?.username}
            onChange={(part) => change({ username: { ...username, ...part } })}
          />
          <ListField
            label="Exempt addresses"
            rows={1}
            placeholder="198.51.100.0/24"
            hint="Ranges that many people share, one a line; trusted proxies are never locked out"
            error={errors?.exempt?.message ?? errors?.exempt?.find?.(Boolean)?.message}
            value={value.exempt ?? []}
            onChange={(exempt) => change({ exempt })}
          />
        </>
      )}
    </>
  );
}

type RuleInput = Partial<LockoutPolicySpec["username"]>;

/** So many failures within a time lock out for a time. */
function RuleFields({
  legend,
  rule,
  errors,
  onChange,
}: {
  legend: string;
  rule: RuleInput;
  errors: FieldErrors<RuleInput> | undefined;
  onChange: (part: RuleInput) => void;
}) {
  return (
    <fieldset className="bare">
      <legend className="b mb-2 p-0">{legend}</legend>
      <div className="grid gap-3 s:grid-cols-3">
        <NumberField label="Failures" error={errors?.failures?.message} value={rule.failures} onChange={(failures) => onChange({ failures })} />
        <NumberField
          label="Within, seconds"
          error={errors?.windowSeconds?.message}
          value={rule.windowSeconds}
          onChange={(windowSeconds) => onChange({ windowSeconds })}
        />
        <NumberField
          label="Lockout, seconds"
          error={errors?.lockoutSeconds?.message}
          value={rule.lockoutSeconds}
          onChange={(lockoutSeconds) => onChange({ lockoutSeconds })}
        />
      </div>
    </fieldset>
  );
}
