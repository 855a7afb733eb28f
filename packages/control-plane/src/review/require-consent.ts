import { ServiceError } from "../errors.js";
import type { TestOutcome } from "../policy-tests/run-tests.js";
import { testWordOf } from "../policy-tests/test-word.js";
import type { Warning } from "./warning.js";
import { openingWordOf } from "./warnings-between.js";

/** What whoever publishes says to the warnings. */
export interface Consent {
  /** Ids of the warnings that were seen. */
  readonly acknowledge: readonly string[];
  /** The word that was typed. */
  readonly confirm?: string | undefined;
  /** Of policy tests that fail. */
  readonly overrule?: { readonly confirm: string; readonly reason: string } | undefined;
}

/** In `current` of the refusal: what is missing, for the screen or the program that asks for it. */
interface MissingConsent {
  /** Warnings that were not acknowledged. */
  readonly warnings: readonly Warning[];
  /** To be typed; null when it was, or nothing is opened. */
  readonly word: string | null;
  /** Policy tests that fail, and what to type to publish all the same; null when it was typed, or none fails. */
  readonly tests: { readonly failed: readonly TestOutcome[]; readonly word: string } | null;
}

/** What the audit log keeps of it: which warnings were said to be meant. */
export const consentedOf = (warnings: readonly Warning[]): readonly string[] =>
  warnings.filter(({ severity }) => severity !== "notice").map(({ path, code }) => `${code} ${path}`);

const MAX_NAMED = 5;

/** What the audit log keeps of tests that failed; null when none did: then nothing was overruled. */
export const overruledBy = (failed: readonly TestOutcome[], { reason }: { readonly reason: string }) =>
  failed.length === 0 ? null : { reason, tests: failed.map(({ path, got }) => `${path} ${got}`) };

/**
 * Lets nothing out that weakens what is live unless it was said to be meant: each warning by its id, and a route that opens by a word;
 * nor what policy tests say no to, unless their word was typed, with a reason.
 * @throws ServiceError `unconfirmed` with `MissingConsent` in `current`
 */
export function requireConsent(warnings: readonly Warning[], { acknowledge, confirm, overrule }: Consent, failed: readonly TestOutcome[] = []): void {
  const seen = new Set(acknowledge);
  const missing = warnings.filter(({ severity, id }) => severity !== "notice" && !seen.has(id));
  const word = openingWordOf(warnings);
  const untyped = word !== null && confirm !== word ? word : null;
  const testWord = testWordOf(failed);
  const held = testWord !== null && overrule?.confirm !== testWord ? { failed, word: testWord } : null;
  if (missing.length === 0 && untyped === null && held === null) return;
  const named = missing.slice(0, MAX_NAMED).map(({ path, message }) => `${path} ${message}`);
  const more = missing.length > named.length ? [`and ${missing.length - named.length} more`] : [];
  const sentences = [
    ...(missing.length === 0 ? [] : [`Look at what this weakens and acknowledge it: ${[...named, ...more].join("; ")}.`]),
    ...(untyped === null ? [] : [`It opens what is protected now. Type “${untyped}” to confirm that.`]),
  ];
  if (held !== null) sentences.push(heldSentence(held));
  const current: MissingConsent = { warnings: missing, word: untyped, tests: held };
  throw new ServiceError("unconfirmed", sentences.join(" "), {
    current,
    issues: [
      ...missing.map(({ id, path, message }) => ({ path: id, message: `${path} ${message}` })),
      ...(untyped === null ? [] : [{ path: "confirm", message: `type ${untyped}` }]),
      ...(held === null ? [] : held.failed.map(({ path, expected, got }) => ({ path, message: `expected ${expected}, got ${got}` }))),
    ],
  });
}

function heldSentence({ failed, word }: NonNullable<MissingConsent["tests"]>): string {
  const named = failed
    .slice(0, MAX_NAMED)
    .map(({ path, at, expected, got }) => `${path}${at === null ? "" : ` at ${at}`}: expected ${expected}, got ${got}`);
  const more = failed.length > named.length ? [`and ${failed.length - named.length} more`] : [];
  return `Policy tests fail: ${[...named, ...more].join("; ")}. Change the draft or the tests; or publish all the same, with the word “${word}” and a reason.`;
}
