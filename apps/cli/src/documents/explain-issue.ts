import type { z } from "zod";
import { nearestWord } from "./nearest-word.js";

type Issue = z.core.$ZodIssue;

const quoted = (values: readonly unknown[]): string => values.map((value) => String(value)).join(", ");
const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
const wordFor = (type: string): string =>
  ({ object: "group of fields", array: "list", int: "whole number", record: "group of fields" })[type] ?? type;
const unit = (origin: string, count: number | bigint): string =>
  origin === "string" ? ` character${Number(count) === 1 ? "" : "s"}` : origin === "array" ? ` member${Number(count) === 1 ? "" : "s"}` : "";

function choice(values: readonly unknown[], given: unknown): string {
  const nearest = typeof given === "string" ? nearestWord(given, values.map(String)) : null;
  const meant = nearest === null ? "" : `; did you mean ${nearest}?`;
  if (given === undefined) return values.length === 1 ? `is missing; write ${quoted(values)}` : `is missing; choose one of ${quoted(values)}`;
  const options = values.length === 1 ? `write ${quoted(values)}` : `choose one of ${quoted(values)}`;
  return `cannot be ${JSON.stringify(given)}${meant === "" ? `; ${options}` : `${meant} Else ${options}`}`;
}

/** The words of the schema itself, where it has any: zod's own begin so. */
const hasOwnWords = ({ message }: Issue): boolean => !/^(?:Invalid|Too (?:small|big)|Unrecognized)/.test(message);

/**
 * Reason and remedy of one issue, to stand behind the field's name.
 * @param given what stands at the issue's path
 */
export function explainIssue(issue: Issue, given: unknown): string {
  const missing = given === undefined;
  switch (issue.code) {
    case "invalid_type":
      return missing ? `is missing; give ${article(wordFor(issue.expected))}` : `is of the wrong type; give ${article(wordFor(issue.expected))}`;
    case "invalid_value":
      return hasOwnWords(issue) ? `${missing ? "is missing" : "is not right"}; ${issue.message}` : choice(issue.values, given);
    case "invalid_union": {
      if ("options" in issue && Array.isArray(issue.options)) return choice(issue.options, given);
      const forms = issue.errors.flatMap((errors) => errors.slice(0, 1)).map((first) => explainIssue(first, given));
      return forms.length === 0 ? "fits none of the allowed forms" : `fits none of the allowed forms: it ${[...new Set(forms)].join("; or it ")}`;
    }
    case "too_small":
      return hasOwnWords(issue)
        ? `is not right: ${issue.message}`
        : `is too small; the least is ${issue.minimum}${unit(issue.origin, issue.minimum)}`;
    case "too_big":
      return hasOwnWords(issue) ? `is not right: ${issue.message}` : `is too big; the most is ${issue.maximum}${unit(issue.origin, issue.maximum)}`;
    default:
      return hasOwnWords(issue) ? `is not right: ${issue.message}` : "is not valid; compare it with docs/declarative.md";
  }
}
