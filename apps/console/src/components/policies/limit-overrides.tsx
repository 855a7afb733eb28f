"use client";

import { entityName, RATE_LIMIT_ACTIONS, type RateLimitAction, type RateLimitOverride, rateLimitPolicySpec, tenantSlug } from "@sallyport/snapshot";
import { useState } from "react";
import type { z } from "zod";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { NumberField } from "@/ui/number-field";

type Overrides = NonNullable<z.input<typeof rateLimitPolicySpec>["overrides"]>;
type Of = "plans" | "tenants";

/** One of them as it is typed. */
interface Line {
  readonly key: number;
  readonly of: Of;
  readonly name: string;
  readonly numbers: RateLimitOverride;
}

const START: RateLimitOverride = { limit: 1_000, burst: 100 };
const ACTION_LABELS = { refuse: "Refuse", slow_down: "Slow down", observe: "Only count" } as const satisfies Record<RateLimitAction, string>;
const schema = rateLimitPolicySpec.shape.overrides.unwrap();

const isRepeated = ({ key, of, name }: Line, lines: readonly Line[]): boolean =>
  lines.some((other) => other.key < key && other.of === of && other.name === name);

function overridesOf(lines: readonly Line[]): Overrides | undefined {
  if (lines.length === 0) return undefined;
  // A name that is there twice becomes one that the schema refuses: neither takes the other's place unseen.
  const named = (of: Of) =>
    Object.fromEntries(
      lines.filter((line) => line.of === of).map((line) => [isRepeated(line, lines) ? `${line.name} (${line.key})` : line.name, line.numbers]),
    );
  return { plans: named("plans"), tenants: named("tenants") };
}

function linesOf({ plans = {}, tenants = {} }: Overrides): Line[] {
  const lines = [
    ...Object.entries(plans).map(([name, numbers]) => ({ of: "plans" as const, name, numbers })),
    ...Object.entries(tenants).map(([name, numbers]) => ({ of: "tenants" as const, name, numbers })),
  ];
  return lines.map((line, key) => ({ key, ...line }));
}
/** Whatever the order of the names. */
const textOf = (overrides: Overrides | undefined): string =>
  JSON.stringify(
    linesOf(overrides ?? {})
      .map(({ of, name, numbers }) => [of, name, Object.entries(numbers).sort()])
      .sort(),
  );

/** What is wrong with a line: the name at `name`, a number at its own name. */
function faultsOf(line: Line, lines: readonly Line[]): Readonly<Record<string, string>> {
  const { of, name, numbers } = line;
  if (name !== "" && isRepeated(line, lines)) return { name: "is named above already; change that one" };
  const named = (of === "plans" ? entityName : tenantSlug).safeParse(name);
  const { error } = schema.safeParse({ plans: {}, tenants: {}, [of]: { [name]: numbers } });
  const wrong = (error?.issues ?? []).filter(({ path }) => path.length > 2).map(({ path, message }) => [String(path.at(-1)), message]);
  return { ...Object.fromEntries(wrong), ...(named.success ? {} : { name: named.error.issues[0]?.message ?? "" }) };
}

/** Other numbers for a plan or a tenant. */
export function LimitOverrides({
  value,
  showErrors,
  onChange,
}: {
  value: Overrides | undefined;
  showErrors: boolean;
  onChange: (value: Overrides | undefined) => void;
}) {
  const [typed, setTyped] = useState<readonly Line[]>(() => linesOf(value ?? {}));
  // A value from outside (a conflict) replaces what was typed.
  const lines = textOf(overridesOf(typed)) === textOf(value) ? typed : linesOf(value ?? {});
  const change = (next: readonly Line[]) => {
    setTyped(next);
    onChange(overridesOf(next));
  };
  const add = () => change([...lines, { key: Math.max(-1, ...lines.map(({ key }) => key)) + 1, of: "plans", name: "", numbers: START }]);
  return (
    <fieldset className="bare grid gap-3">
      <legend className="b p-0 mb-1">Other numbers for a plan or a tenant</legend>
      {lines.length === 0 && <p className="t3">None: the limit is the same for all that it holds for.</p>}
      {lines.map((line) => (
        <OverrideLine
          key={line.key}
          line={line}
          faults={showErrors ? faultsOf(line, lines) : {}}
          onChange={(part) => change(lines.map((each) => (each.key === line.key ? { ...each, ...part } : each)))}
          onRemove={() => change(lines.filter(({ key }) => key !== line.key))}
        />
      ))}
      <div>
        <Button size="sm" onClick={add}>
          Add other numbers
        </Button>
      </div>
    </fieldset>
  );
}

function OverrideLine({
  line: { of, name, numbers },
  faults,
  onChange,
  onRemove,
}: {
  line: Line;
  faults: Readonly<Record<string, string>>;
  onChange: (part: Partial<Line>) => void;
  onRemove: () => void;
}) {
  const change = (part: Partial<RateLimitOverride>) => onChange({ numbers: { ...numbers, ...part } });
  return (
    <div className="topped pt-3">
      <fieldset className="bare grid gap-2">
        <legend className="sr">Other numbers for {name || (of === "plans" ? "a plan" : "a tenant")}</legend>
        <div className="grid grid-cols-[100px_minmax(0,1fr)_auto] items-start gap-2">
          <SelectField label="For" value={of} onChange={(event) => onChange({ of: event.target.value === "tenants" ? "tenants" : "plans" })}>
            <option value="plans">Plan</option>
            <option value="tenants">Tenant</option>
          </SelectField>
          <TextField
            label={of === "plans" ? "Plan" : "Slug"}
            mono
            spellCheck={false}
            autoCapitalize="none"
            error={faults.name}
            value={name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
          <Button variant="ghost" className="mt-6" onClick={onRemove}>
            Remove
          </Button>
        </div>
        <div className="grid grid-cols-2 items-start gap-2 s:grid-cols-[1fr_1.15fr_1fr_1.45fr]">
          <NumberField label="Requests" error={faults.limit} value={numbers.limit} onChange={(limit) => change({ limit })} />
          <NumberField
            label="Within, seconds"
            placeholder="as above"
            error={faults.windowSeconds}
            value={numbers.windowSeconds}
            onChange={(windowSeconds) => change({ windowSeconds: Number.isNaN(windowSeconds) ? undefined : windowSeconds })}
          />
          <NumberField label="At once" error={faults.burst} value={numbers.burst} onChange={(burst) => change({ burst })} />
          <SelectField
            label="Above it"
            value={numbers.action ?? ""}
            onChange={(event) => change({ action: RATE_LIMIT_ACTIONS.find((action) => action === event.target.value) })}
          >
            <option value="">As above</option>
            {RATE_LIMIT_ACTIONS.map((action) => (
              <option key={action} value={action}>
                {ACTION_LABELS[action]}
              </option>
            ))}
          </SelectField>
        </div>
      </fieldset>
    </div>
  );
}
