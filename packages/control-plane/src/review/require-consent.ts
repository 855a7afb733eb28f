import { ServiceError } from "../errors.js";
import type { Warning } from "./warning.js";
import { openingWordOf } from "./warnings-between.js";

/** What whoever publishes says to the warnings. */
export interface Consent {
  /** Ids of the warnings that were seen. */
  readonly acknowledge: readonly string[];
  /** The word that was typed. */
  readonly confirm?: string | undefined;
}

/** In `current` of the refusal: what is missing, for the screen or the program that asks for it. */
interface MissingConsent {
  /** Warnings that were not acknowledged. */
  readonly warnings: readonly Warning[];
  /** To be typed; null when it was, or nothing is opened. */
  readonly word: string | null;
}

/** What the audit log keeps of it: which warnings were said to be meant. */
export const consentedOf = (warnings: readonly Warning[]): readonly string[] =>
  warnings.filter(({ severity }) => severity !== "notice").map(({ path, code }) => `${code} ${path}`);

const MAX_NAMED = 5;

/**
 * Lets nothing out that weakens what is live unless it was said to be meant: each warning by its id, and a route that opens by a word.
 * @throws ServiceError `unconfirmed` with `MissingConsent` in `current`
 */
export function requireConsent(warnings: readonly Warning[], { acknowledge, confirm }: Consent): void {
  const seen = new Set(acknowledge);
  const missing = warnings.filter(({ severity, id }) => severity !== "notice" && !seen.has(id));
  const word = openingWordOf(warnings);
  const untyped = word !== null && confirm !== word ? word : null;
  if (missing.length === 0 && untyped === null) return;
  const named = missing.slice(0, MAX_NAMED).map(({ path, message }) => `${path} ${message}`);
  const more = missing.length > named.length ? [`and ${missing.length - named.length} more`] : [];
  const sentences = [
    ...(missing.length === 0 ? [] : [`Look at what this weakens and acknowledge it: ${[...named, ...more].join("; ")}.`]),
    ...(untyped === null ? [] : [`It opens what is protected now. Type “${untyped}” to confirm that.`]),
  ];
  const current: MissingConsent = { warnings: missing, word: untyped };
  throw new ServiceError("unconfirmed", sentences.join(" "), {
    current,
    issues: [
      ...missing.map(({ id, path, message }) => ({ path: id, message: `${path} ${message}` })),
      ...(untyped === null ? [] : [{ path: "confirm", message: `type ${untyped}` }]),
    ],
  });
}
