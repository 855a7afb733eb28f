import { sha256Hex } from "@sallyport/pipeline-node";
import { canonicalJson, type JsonValue } from "@sallyport/snapshot";
import { WARNINGS, type WarningCode, type WarningSeverity } from "./warning-codes.js";

/** Something that a publish would weaken, or that may not be meant. */
export interface Warning {
  /** Stable for one and the same change: `route_public:tenants/acme/routes/main:1f0c2a9e`. Another change has another id. */
  readonly id: string;
  readonly code: WarningCode;
  readonly severity: WarningSeverity;
  /** The entity, `tenants/acme/routes/main`. */
  readonly path: string;
  /** What changes and what follows, without a subject: the path is it. */
  readonly message: string;
  readonly remedy: string;
}

/** @param change what the warning is about: whoever acknowledged one change has not acknowledged the next */
export function warningOf(code: WarningCode, path: string, message: string, change: JsonValue): Warning {
  const { severity, remedy } = WARNINGS[code];
  const digest = sha256Hex(canonicalJson({ code, path, change })).slice(0, 8);
  return { id: `${code}:${path}:${digest}`, code, severity, path, message, remedy };
}

/** Members of `after` that `before` has not, sorted. */
export const gained = (before: readonly string[], after: readonly string[]): string[] => after.filter((item) => !before.includes(item)).sort();

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const [last] = words.slice(-1);
  return words.length < 2 ? (last ?? "") : `${words.slice(0, -1).join(", ")} and ${last}`;
}
