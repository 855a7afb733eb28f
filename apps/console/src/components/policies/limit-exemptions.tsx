"use client";

import type { rateLimitPolicySpec } from "@sallyport/snapshot";
import type { FieldErrors } from "react-hook-form";
import type { z } from "zod";
import { ListField } from "@/ui/list-field";

type Exempt = NonNullable<z.input<typeof rateLimitPolicySpec>["exempt"]>;

const NOBODY: Exempt = { addresses: [], apiKeys: [] };
const isNobody = ({ addresses = [], apiKeys = [] }: Exempt): boolean => addresses.length === 0 && apiKeys.length === 0;

/** Whose requests a limit does not count. */
export function LimitExemptions({
  ofFleet,
  value,
  errors,
  onChange,
}: {
  /** Of the fleet: keys are named with their tenant. */
  ofFleet: boolean;
  value: Exempt | undefined;
  errors: FieldErrors<Exempt> | undefined;
  onChange: (value: Exempt | undefined) => void;
}) {
  const shown = value ?? NOBODY;
  const change = (part: Partial<Exempt>) => {
    const next = { ...shown, ...part };
    onChange(isNobody(next) ? undefined : next);
  };
  return (
    <>
      <ListField
        label="Exempt addresses"
        rows={1}
        placeholder="198.51.100.0/24"
        hint="Ranges whose requests are not counted, one a line"
        error={errors?.addresses?.message ?? errors?.addresses?.find?.(Boolean)?.message}
        value={shown.addresses ?? []}
        onChange={(addresses) => change({ addresses })}
      />
      <ListField
        label="Exempt API keys"
        rows={1}
        placeholder={ofFleet ? "acme/nightly-batch" : "nightly-batch"}
        hint={ofFleet ? "With their tenant, one a line" : "By name, one a line"}
        error={errors?.apiKeys?.message ?? errors?.apiKeys?.find?.(Boolean)?.message}
        value={shown.apiKeys ?? []}
        onChange={(apiKeys) => change({ apiKeys })}
      />
    </>
  );
}
