"use client";

import { RATE_LIMIT_FIELDS, type RateLimitFields } from "@sallyport/snapshot";
import { SelectField } from "@/ui/field";

const LABELS = {
  draft: "RateLimit and RateLimit-Policy",
  legacy: "X-RateLimit-Limit, -Remaining and -Reset",
  none: "No field of its own",
} as const satisfies Record<RateLimitFields, string>;

/** Which fields tell a client of the limit that refused it. @param unset what holds where nothing is chosen; null where that is the first */
export function LimitHeaderSelect({
  value,
  unset,
  onChange,
}: {
  value: RateLimitFields | undefined;
  unset: string | null;
  onChange: (value: RateLimitFields | undefined) => void;
}) {
  return (
    <SelectField
      label="What a 429 says of the limit"
      hint="Beside Retry-After"
      value={value ?? (unset === null ? "draft" : "")}
      onChange={(event) => onChange(RATE_LIMIT_FIELDS.find((each) => each === event.target.value))}
    >
      {unset !== null && <option value="">{unset}</option>}
      {RATE_LIMIT_FIELDS.map((each) => (
        <option key={each} value={each}>
          {LABELS[each]}
        </option>
      ))}
    </SelectField>
  );
}
